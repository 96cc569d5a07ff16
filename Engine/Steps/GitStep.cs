using System.Text.Json.Nodes;
using Weir.Shared.Builds;
using Weir.Shared.Configuration;
using Weir.Shared.Protocol;

namespace Weir.Engine.Steps;

/// <summary>Checks out the revision of the build's source stamp, and says which it got (property <c>got_revision</c>).</summary>
internal sealed class GitStep(GitStepConfiguration step) : StepWork
{
    public override string Doing => "checking out";

    public override CommandSpec? Next(StepContext context, IReadOnlyList<EndedFrame> ended)
    {
        if (ended.Count > 0)
            return null;
        var stamp = context.SourceStamps.FirstOrDefault(s => s.Codebase == step.Codebase);
        var env = context.Environment(new Dictionary<string, string>());
        return new CheckoutSpec
        {
            Directory = context.Directory,
            Repository = stamp?.Repository is { Length: > 0 } repository ? repository : step.Repository,
            Branch = stamp?.Branch,
            Revision = stamp?.Revision,
            Mode = step.Mode,
            Submodules = step.Submodules,
            Depth = step.Depth,
            Into = step.Into,
            Tags = step.Tags,
            Lfs = step.Lfs,
            Retries = step.Retries,
            Credentials = step.Credentials is { } c ? new() { SshKey = c.SshKey, KnownHosts = c.KnownHosts.Count > 0 ? string.Join('\n', c.KnownHosts) + "\n" : null, Token = c.Token, User = c.User ?? CheckoutCredentials.DefaultUser } : null,
            Env = env.Values,
            SecretEnv = env.Secrets,
            TimeoutMs = Milliseconds(step.Timeout),
            MaxTimeMs = Milliseconds(step.MaxTime),
            KillGraceMs = Grace(step),
            InterruptSignal = step.InterruptSignal,
        };
    }

    public override StepOutcome Outcome(StepContext context, IReadOnlyList<EndedFrame> ended)
    {
        var end = ended[^1];
        if (Unusual(end) is { } unusual)
            return unusual;
        if (!EndedWell(end))
            return new(BuildResult.Failure, "checkout failed: " + (end.Reason ?? Exit(end)));
        if (!end.Outputs.TryGetValue("revision", out var revision))
            return new(BuildResult.Success, "checked out") { Outputs = end.Outputs };
        // With several codebases the last checkout would win: each has its own name besides.
        var properties = new Dictionary<string, JsonNode?> { ["got_revision"] = revision, ["got_revision_" + step.Codebase.Replace('-', '_')] = revision };
        return new(BuildResult.Success, "got " + revision[..Math.Min(12, revision.Length)]) { Outputs = end.Outputs, Properties = properties };
    }
}
