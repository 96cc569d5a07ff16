using System.Text;
using Weir.Shared.Builds;
using Weir.Shared.Changes;
using Weir.Shared.Configuration;
using Weir.Shared.Logs;
using Weir.Shared.Masters;
using Weir.Shared.Queue;
using Weir.Shared.Steps;
using Weir.Shared.Workers;

namespace Weir.Client.Tests;

/// <summary>Records to render: each method makes one that is plausible, and a test changes with <c>with</c> what it is about.</summary>
public static class Samples
{
    public static DateTimeOffset Now { get; } = new(2026, 11, 21, 14, 3, 12, TimeSpan.Zero);

    public static Weir.App.Client.Frame.Moment Moment { get; } = new(42, Now);

    public static BuildSummary Build(int number = 7, BuildResult? result = BuildResult.Success, string builder = "linux", long? id = null, TimeSpan? ago = null, TimeSpan? took = null)
    {
        var started = Now - (ago ?? TimeSpan.FromMinutes(10));
        return new()
        {
            Id = id ?? 100 + number,
            BuilderId = 1,
            BuilderName = builder,
            Project = "core",
            Number = number,
            RequestId = 200 + number,
            BuildsetId = 300 + number,
            WorkerId = 1,
            WorkerName = "ash",
            MasterName = "m1",
            SubmittedAt = started - TimeSpan.FromSeconds(4),
            StartedAt = started,
            CompletedAt = result is null ? null : started + (took ?? TimeSpan.FromMinutes(3)),
            Results = result,
            StateText = result switch { null => "compile", BuildResult.Success => "build successful", BuildResult.Failure => "failed: test", _ => result.Value.Word() },
            Reason = "commit on main",
            Branch = "main",
            Revision = "a1b2c3d4e5f60718293a4b5c6d7e8f9001122334",
            ConfigRevision = 3,
            ExpectedEndAt = result is null ? started + TimeSpan.FromMinutes(20) : null,
        };
    }

    public static ConfigurationDifference Difference() => new(DifferenceKind.Changed, "builder", "linux", null,
    [
        new() { Kind = DifferenceKind.Changed, Within = "step check", Setting = "timeout", Before = "20m", After = "30m" },
        new() { Kind = DifferenceKind.Added, Setting = "tags", After = "arm" },
    ]);

    public static LogRecord Log(long id = 50, long lines = 3, bool complete = true) => new()
    {
        Id = id,
        BuildId = 107,
        StepId = 70,
        Name = "stdio",
        Slug = "stdio",
        Type = 's',
        LineCount = lines,
        ByteCount = lines * 40,
        StartedAt = Now - TimeSpan.FromMinutes(9),
        CompletedAt = complete ? Now - TimeSpan.FromMinutes(8) : null,
        ExpiresOn = new(2026, 12, 21),
    };

    public static LogLine Line(long number, string text, LogStream stream = LogStream.Stdout) => new(number, number * 137, stream, LineEnd.Newline, Encoding.UTF8.GetBytes(text));

    public static StepRecord Step(int number, string name, BuildResult? result = BuildResult.Success, bool begun = true, params LogRecord[] logs) => new()
    {
        Id = 70 + number,
        BuildId = 107,
        Number = number,
        Name = name,
        Kind = "run",
        StateText = result is null ? "running" : result.Value.Word(),
        StartedAt = begun ? Now - TimeSpan.FromMinutes(10) + TimeSpan.FromSeconds(40 * number) : null,
        CompletedAt = begun && result is not null ? Now - TimeSpan.FromMinutes(10) + TimeSpan.FromSeconds(40 * number + 38) : null,
        Results = begun ? result : null,
        Logs = logs,
    };

    public static ChangeRecord Change(long id = 11, string comments = "Fix the parser\n\nIt lost the last line.", string author = "Ann Example <ann@example.org>") => new()
    {
        Id = id,
        Author = author,
        Codebase = "lib",
        Project = "core",
        Repository = "https://git.example.org/lib.git",
        Branch = "main",
        Revision = "a1b2c3d4e5f60718293a4b5c6d7e8f9001122334",
        Comments = comments,
        Files = ["src/parser.c", "tests/parser.c"],
        When = Now - TimeSpan.FromMinutes(12),
        ReceivedAt = Now - TimeSpan.FromMinutes(11),
    };

    public static BuilderSummary Builder(string name = "linux", long id = 1) => new()
    {
        Id = id,
        Name = name,
        Project = "core",
        Tags = ["fast"],
        Last = Build(),
        Workers = new(1, 0, 0, 0),
        Recent = [Build(7), Build(6, BuildResult.Failure), Build(5, BuildResult.Warnings)],
        UsualDuration = TimeSpan.FromMinutes(3),
    };

    public static BuildDetail Detail(BuildSummary? build = null, params StepRecord[] steps) => new()
    {
        Build = build ?? Build(),
        Steps = steps,
        Properties = [new("branch", "\"main\"", "Change"), new("parallel", "4", "Scheduler force")],
        Changes = [Change()],
        SourceStamps = [new() { Id = 1, Codebase = "lib", Branch = "main", Revision = "a1b2c3d4e5f60718293a4b5c6d7e8f9001122334" }],
        Epoch = 1,
    };

    public static RequestSummary Request(long id = 201, string builder = "linux", WaitReason? waiting = null) => new()
    {
        Id = id,
        BuildsetId = 301,
        BuilderId = 1,
        BuilderName = builder,
        Priority = 0,
        SubmittedAt = Now - TimeSpan.FromMinutes(6),
        Reason = "commit on main",
        Branch = "main",
        Revision = "a1b2c3d4e5f60718293a4b5c6d7e8f9001122334",
        Waiting = waiting ?? new(WaitKind.SlotsFull, "both workers that can build it are busy", Now - TimeSpan.FromMinutes(6)),
    };

    public static WorkerRecord Worker(string name = "ash", WorkerState state = WorkerState.Available) => new()
    {
        Id = 1,
        Name = name,
        State = state,
        LastSeenAt = Now - TimeSpan.FromSeconds(3),
        ConnectedAt = Now - TimeSpan.FromHours(30),
        MasterName = "m1",
        MaxBuilds = 2,
        Tags = ["linux"],
        Configured = true,
        Info = """{"Version":"0.1.0","System":"Debian 12","Architecture":"x64","Cores":8,"MemoryBytes":34359738368,"Host":"ash.example.org"}""",
        Running = [Build(8, null)],
        Builders = ["linux", "docs"],
    };

    public static WorkerOutlook Outlook { get; } = new("Europe/Budapest", [new(new(2026, 1, 5), [new(0, 420), new(1140, 1440)], false), new(new(2026, 1, 6), [], true)],
        [.. Enumerable.Range(0, 168).Select(h => h % 24 < 7 ? 0.5 : 0)], 4);

    public static MasterRecord Master(string name = "m1", MasterState state = MasterState.Active) => new()
    {
        Id = 1,
        Name = name,
        Roles = ["engine", "ui"],
        Version = "0.1.0",
        State = state,
        StartedAt = Now - TimeSpan.FromDays(2),
        HeartbeatAt = Now - TimeSpan.FromSeconds(2),
        Host = "m1.example.org",
        OwnedBuilds = 2,
        Workers = 3,
    };
}
