using Weir.Shared.Builds;
using Weir.Shared.Configuration;
using Weir.Shared.Logs;

namespace Weir.Shared.Steps;

/// <summary>One step of a build, with its logs.</summary>
public sealed record StepRecord
{
    public required long Id { get; init; }
    public required long BuildId { get; init; }

    /// <summary>Its place in the build, from 0.</summary>
    public required int Number { get; init; }
    public required string Name { get; init; }

    /// <summary>The kind of step: <c>git</c>, <c>run</c>, <c>set</c>, <c>trigger</c>.</summary>
    public required string Kind { get; init; }
    public required string StateText { get; init; }

    /// <summary>Null for a step of the plan that has not begun.</summary>
    public DateTimeOffset? StartedAt { get; init; }
    public DateTimeOffset? CompletedAt { get; init; }

    /// <summary>When it had the locks that it needs; for a step that needs none, when it began. Null while it waits for them, and for steps whose turn passed.</summary>
    public DateTimeOffset? LocksAcquiredAt { get; init; }
    public BuildResult? Results { get; init; }
    public bool Hidden { get; init; }

    /// <summary>Numbers that it counted: <c>attempts</c>, <c>warnings-count</c>.</summary>
    public IReadOnlyDictionary<string, long> Statistics { get; init; } = new Dictionary<string, long>();
    public IReadOnlyList<LogRecord> Logs { get; init; } = [];

    /// <summary>What it has set off, by request.</summary>
    public IReadOnlyList<TriggeredBuild> Triggered { get; init; } = [];

    /// <summary>How many warnings it counted.</summary>
    public long Warnings => Statistics.GetValueOrDefault(WarningConfiguration.TotalProperty);
}

/// <summary>A request that a trigger step has made, and the newest build of it.</summary>
public sealed record TriggeredBuild
{
    public required long StepId { get; init; }
    public required long BuildsetId { get; init; }
    public required long RequestId { get; init; }
    public required string BuilderName { get; init; }

    /// <summary>Null while it waits.</summary>
    public int? Number { get; init; }

    /// <summary>The request's result; null while it is open.</summary>
    public BuildResult? Results { get; init; }
}

/// <summary>A value that a step gave out: what <c>steps.NAME.outputs.OUTPUT</c> is in expressions. Secrets are masked in it.</summary>
public sealed record StepOutput(string Step, string Name, string Value);

/// <summary>Reads steps by id.</summary>
public interface IStepQueries
{
    Task<StepRecord?> Find(long id, CancellationToken cancellation);
    Task<IReadOnlyList<StepRecord>> OfBuild(long buildId, CancellationToken cancellation);

    /// <summary>What the steps of a build gave out, in their order; null if there is no such build.</summary>
    Task<IReadOnlyList<StepOutput>?> Outputs(long buildId, CancellationToken cancellation);
}
