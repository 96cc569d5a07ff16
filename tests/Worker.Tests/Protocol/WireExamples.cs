using System.Text.Json;
using Weir.Shared.Protocol;

namespace Weir.Worker.Tests.Protocol;

/// <summary>One message of each kind, with every member set.</summary>
internal static class WireExamples
{
    private static readonly Guid Instance = Guid.Parse("0e4cbd02-6f0c-4f5e-9d06-6c7a3d3a9c11");

    private static readonly RunSpec Run = new()
    {
        Directory = "lib-linux",
        TimeoutMs = 1_200_000,
        MaxTimeMs = 3_600_000,
        KillGraceMs = 5000,
        InterruptSignal = "INT",
        Env = new Dictionary<string, string?> { ["LANG"] = "C.UTF-8", ["DISPLAY"] = null },
        SecretEnv = new Dictionary<string, IReadOnlyList<TextPart>> { ["TOKEN"] = [new("Bearer ", null), new(null, "deploy")] },
        Arguments = ["/bin/sh", "-c", "make test"],
        Workdir = "src",
        Capture = true,
        Logs = [new("report", "out/report.txt")],
        Warnings = new("[Ww]arning", "known.txt"),
        Heading = "Attempt 2 of 3.",
        DelayMs = 250,
    };

    private static readonly CheckoutSpec Checkout = new()
    {
        Directory = "lib-linux",
        Repository = "ssh://git@example.org/lib.git",
        Branch = "main",
        Revision = "4f2de3a1",
        Mode = "fresh",
        Submodules = true,
        Depth = 20,
        Into = "src",
        Tags = true,
        Lfs = false,
        Retries = 4,
        Credentials = new() { SshKey = "git-key", KnownHosts = "example.org ssh-ed25519 AAAA", Token = "git-token", User = "ci" },
    };

    /// <summary>Messages of protocol 1: name, method (null: an answer), arguments or result.</summary>
    public static IReadOnlyList<(string Name, string? Method, object?[] Values)> Of1 { get; } =
    [
        ("hello", nameof(IWorkerHub.Hello),
        [
            new Hello
            {
                OldestProtocol = 1,
                NewestProtocol = 1,
                Name = "linux-7",
                Instance = Instance,
                Boot = "boot/keeper",
                Version = "0.1.0",
                Abilities = ["secrets", "followed-logs"],
                HighestSession = 41,
                Info = new() { Host = "attic", System = "Debian", Architecture = "x64", Cores = 8, MemoryBytes = 33_000_000_000, Version = "0.1.0", Runtime = ".NET 10", Git = "2.47.3" },
                Commands = [new(1001, 3, 4096, true, false), new(1002, 1, 0, false, true)],
            },
        ]),
        ("append", nameof(IWorkerHub.Append), [new Piece(42, 1001, 4096, [1, 2, 0, 255])]),
        ("beat", nameof(IWorkerHub.Beat), [42L]),
        ("refuse", nameof(IWorkerHub.Refuse), [42L, 1001L, "It is known already."]),
        ("welcome", null,
        [
            new Welcome { Protocol = 1, Session = 42, Master = "north", Store = "store-1", Addresses = ["http://north:8010", "http://south:8010"], Verdicts = [new(1001, true, 4000, 4), new(1002, false, 0, 0)] },
        ]),
        ("refusal", null, [new Welcome { Refusal = "This token belongs to no worker.", Final = true, Addresses = ["http://south:8010"] }]),
        ("start-run", nameof(IWorkerClient.Start), [new StartOrder { Session = 42, Command = 1003, Epoch = 4, Spec = Run, Secrets = new Dictionary<string, string> { ["deploy"] = "s3cret" } }]),
        ("start-checkout", nameof(IWorkerClient.Start), [new StartOrder { Session = 42, Command = 1004, Epoch = 4, Spec = Checkout, Secrets = new Dictionary<string, string> { ["git-key"] = "key", ["git-token"] = "token" } }]),
        ("interrupt", nameof(IWorkerClient.Interrupt), [new InterruptOrder(42, 1003, 4, "Stopped by ada.")]),
        ("applied", nameof(IWorkerClient.Applied), [new Acknowledgement(42, 1001, 4100, true)]),
        ("forget", nameof(IWorkerClient.Forget), [42L, 1002L]),
        ("leave", nameof(IWorkerClient.Leave), ["This master is shutting down.", new List<string> { "http://south:8010" }]),
    ];

    /// <summary>What protocol 2 added or changed.</summary>
    public static IReadOnlyList<(string Name, string? Method, object?[] Values)> Of2 { get; } =
    [
        ("hello", nameof(IWorkerHub.Hello), [(Hello)Of1[0].Values[0]! with { NewestProtocol = 2, Stopping = true }]),
        ("stopping", nameof(IWorkerHub.Stopping), [42L]),
        ("engines", nameof(IWorkerClient.Engines), [new List<string> { "http://north:8010", "http://south:8010" }]),
        ("finished", nameof(IWorkerClient.Finished), [42L]),
    ];

    /// <summary>What protocol 3 added or changed.</summary>
    public static IReadOnlyList<(string Name, string? Method, object?[] Values)> Of3 { get; } =
    [
        ("hello", nameof(IWorkerHub.Hello), [(Hello)Of2[0].Values[0]! with { NewestProtocol = 3, Absence = new("film", 5400) }]),
        ("away", nameof(IWorkerHub.Away), [42L, new OwnerAbsence("film", 5400)]),
    ];

    /// <summary>What protocol 4 added or changed.</summary>
    public static IReadOnlyList<(string Name, string? Method, object?[] Values)> Of4 { get; } =
    [
        ("start", nameof(IWorkerClient.Start), [new StartOrder { Session = 42, Command = 1003, Epoch = 1, Spec = new RunSpec { Directory = "lib", Arguments = ["make", "install"], Shared = [new("sdk", true, "lib #7"), new("docs", false, "lib #7")] } }]),
        ("directories", nameof(IWorkerHub.Directories), [42L, new List<SharedDirectoryState> { new("sdk", 4096, "lib #7", new DateTimeOffset(2026, 1, 5, 12, 0, 0, TimeSpan.Zero), true, false, 1003) }]),
        ("remove", nameof(IWorkerClient.Remove), [42L, "sdk", 1003L]),
    ];

    public static IReadOnlyDictionary<int, IReadOnlyList<(string Name, string? Method, object?[] Values)>> Of { get; } =
        new Dictionary<int, IReadOnlyList<(string Name, string? Method, object?[] Values)>> { [1] = Of1, [2] = Of2, [3] = Of3, [4] = Of4 };

    public static string Text(object? value) => JsonSerializer.Serialize(value, value?.GetType() ?? typeof(object));
}
