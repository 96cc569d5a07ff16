using System.Text.Json;
using System.Text.Json.Nodes;
using Weir.Engine.Builds;
using Weir.Engine.Configuration;
using Weir.Shared.Builds;
using Weir.Shared.Configuration;
using Weir.Support;

namespace Weir.Engine.Tests.Builds;

/// <summary>Plans as format 1 wrote them: a build that an earlier release has begun goes on under this one. The kept text is never edited; a new format adds its own.</summary>
public sealed class PlanFormatTests
{
    private static readonly BuildPlan Example = new()
    {
        Builder = new()
        {
            Name = "lib",
            Project = "libs",
            Description = "The library.",
            Workers = new() { Names = ["linux-*"], Tags = ["x64"] },
            Properties = [new() { Name = "level", Default = JsonSerializer.SerializeToElement(3) }],
            Env = new Dictionary<string, string> { ["LANG"] = "C.UTF-8" },
            Tags = ["nightly"],
            Steps =
            [
                new GitStepConfiguration
                {
                    Name = "source", Codebase = "lib", Repository = "https://example.org/lib.git", Mode = "fresh", Submodules = true, Depth = 5, Into = "src", Tags = true, Lfs = false, Retries = 4,
                    Credentials = new() { SshKey = "key", KnownHosts = ["example.org ssh-ed25519 AAAA"], Token = "token", User = "ci" },
                },
                new RunStepConfiguration
                {
                    Name = "test", If = "always()", HaltOnFailure = false, FlunkOnFailure = false, WarnOnFailure = true, FlunkOnWarnings = true, WarnOnWarnings = true, AlwaysRun = true,
                    Timeout = null, MaxTime = TimeSpan.FromHours(1), InterruptSignal = "INT", SigtermTime = TimeSpan.FromSeconds(5),
                    Shell = "make test", Env = new Dictionary<string, string> { ["T"] = "${{ secrets.token }}" }, Workdir = "src",
                    ExitCodes = new Dictionary<int, BuildResult> { [3] = BuildResult.Warnings }, Retries = 2, RetryDelay = TimeSpan.FromSeconds(9),
                    Logs = new Dictionary<string, string> { ["report"] = "out.txt" }, Warnings = new() { Pattern = "warn", Max = 7, Suppress = "known.txt" },
                },
                new RunStepConfiguration { Name = "list", Arguments = ["ls", "-l"] },
                new SetStepConfiguration { Name = "set", Assignments = [new() { Name = "a", Value = "1 + 1" }, new() { Name = "b", Shell = "cat b" }, new() { Name = "c", Arguments = ["cat", "c"] }] },
            ],
        },
        Directory = "lib~2",
        SourceStamps = [new() { Id = 5, Codebase = "lib", Project = "libs", Repository = "https://example.org/lib.git", Branch = "main", Revision = "4f2de3a1", CreatedAt = new(2026, 1, 5, 12, 0, 0, TimeSpan.Zero) }],
        Buildset = new(77, "a push", "on-push"),
        Worker = new("linux-7", ["x64"]),
        Changes = [new("ada", "main", "4f2de3a1", "lib", "Mend it", ["a.c", "b.c"])],
        Attempt = 2,
        SecretSources = [new() { From = "env", Prefix = "WEIR_SECRET_" }],
    };

    private static string Golden()
    {
        var path = RepositoryRoot.Below("tests/Engine.Tests/Builds/Golden/plan-1.json");
        if (!File.Exists(path) && Environment.GetEnvironmentVariable("WEIR_GOLDEN") == "write")
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, ConfigurationJson.Write(Example) + "\n");
        }
        return File.ReadAllText(path);
    }

    [Fact]
    public void A_plan_of_format_1_is_read_whole() => Assert.Equal(ConfigurationJson.Write(Example), ConfigurationJson.Write(BuildPlan.Read(1, Golden())));

    [Fact]
    public void What_format_1_said_is_still_said() => AssertHolds(JsonNode.Parse(Golden()), JsonNode.Parse(ConfigurationJson.Write(Example)), "plan");

    [Fact]
    public void A_plan_of_a_later_format_is_not_read_by_halves() =>
        Assert.Equal($"A newer release has begun this build: its plan has format 9, this one reads up to {BuildPlan.Format}.", Assert.Throws<NotSupportedException>(() => BuildPlan.Read(9, Golden())).Message);

    private static void AssertHolds(JsonNode? old, JsonNode? now, string path)
    {
        // What is not there is read as empty, by all who read this format.
        if (now is null && (old is JsonArray { Count: 0 } or JsonObject { Count: 0 }))
            return;
        if (old is JsonObject was && now is JsonObject becomes)
            Assert.All(was, m => AssertHolds(m.Value, becomes[m.Key], $"{path}.{m.Key}"));
        else if (old is JsonArray many && now is JsonArray others && many.Count == others.Count)
            Assert.All(many.Index(), m => AssertHolds(m.Item, others[m.Index], $"{path}[{m.Index}]"));
        else
            Assert.True(JsonNode.DeepEquals(old, now), $"{path} is {now?.ToJsonString()}; it was {old?.ToJsonString()}.");
    }
}
