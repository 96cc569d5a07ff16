using Weir.Shared.Changes;
using Weir.Shared.Identity;
using Weir.Shared.Steps;

namespace Weir.Shared.Builds;

/// <summary>One build, as lists, blocks and headers show it.</summary>
public sealed record BuildSummary
{
    public required long Id { get; init; }
    public required long BuilderId { get; init; }
    public required string BuilderName { get; init; }
    public string? Project { get; init; }
    public required int Number { get; init; }
    public required long RequestId { get; init; }
    public required long BuildsetId { get; init; }
    public long? WorkerId { get; init; }
    public string? WorkerName { get; init; }
    public string? MasterName { get; init; }
    public long? MasterId { get; init; }
    public required DateTimeOffset SubmittedAt { get; init; }
    public required DateTimeOffset StartedAt { get; init; }
    public DateTimeOffset? CompletedAt { get; init; }
    public BuildResult? Results { get; init; }

    /// <summary>What it does now, or what came of it, in a few words: <c>compile</c>, <c>failed: check</c>.</summary>
    public required string StateText { get; init; }
    public required string Reason { get; init; }
    public string? Branch { get; init; }
    public string? Revision { get; init; }
    public long ConfigRevision { get; init; }
    public int Attempt { get; init; } = 1;

    /// <summary>For how many seconds its steps waited for locks, in all.</summary>
    public double LocksSeconds { get; init; }
    public DateTimeOffset? StopRequestedAt { get; init; }
    public string? StopRequestedBy { get; init; }

    /// <summary>When it will probably end: started plus the builder's usual duration. Null when unknown.</summary>
    public DateTimeOffset? ExpectedEndAt { get; init; }

    public bool Complete => CompletedAt is not null;
}

/// <summary>One build with everything its page shows.</summary>
public sealed record BuildDetail
{
    public required BuildSummary Build { get; init; }
    public required IReadOnlyList<StepRecord> Steps { get; init; }
    public required IReadOnlyList<PropertyRecord> Properties { get; init; }
    public required IReadOnlyList<ChangeRecord> Changes { get; init; }
    public required IReadOnlyList<SourceStampRecord> SourceStamps { get; init; }

    /// <summary>The builds of the same request before and after this one (automatic retries), oldest first, this one included.</summary>
    public IReadOnlyList<BuildSummary> Attempts { get; init; } = [];
    public string? StopReason { get; init; }
    public long Epoch { get; init; }

    /// <summary>Its neighbours among the builds of the builder that are still kept, and the last good one that ended before it began.</summary>
    public int? PreviousNumber { get; init; }
    public int? NextNumber { get; init; }
    public int? LastGoodNumber { get; init; }

    /// <summary>The build whose trigger step has set it off.</summary>
    public ParentBuild? Parent { get; init; }

    /// <summary>It was stopped for this request, which builds a newer change of the same branch or pull request.</summary>
    public long? SupersededBy { get; init; }

    /// <summary>So many older requests were not built by themselves because of this one.</summary>
    public int Supersedes { get; init; }

    /// <summary>The revision in force, and in how many revisions since the build's own its builder changed.</summary>
    public long? RevisionInForce { get; init; }
    public int BuilderChangesSince { get; init; }
}

/// <summary>A property with its source; <see cref="Value"/> is JSON text.</summary>
public sealed record PropertyRecord(string Name, string Value, string Source);

/// <summary>Which builds a list wants. Newest first; <see cref="Before"/> is the key of the page before.</summary>
public sealed record BuildFilter
{
    public long? BuilderId { get; init; }
    public long? WorkerId { get; init; }
    public long? BuildsetId { get; init; }
    public long? RequestId { get; init; }
    public bool? Complete { get; init; }
    public BuildResult? Results { get; init; }
    public long? Before { get; init; }
    public int Limit { get; init; } = 50;
}

/// <summary>Reads builds. Implemented over the store alone, so a <c>ui</c> master can answer.</summary>
public interface IBuildQueries
{
    Task<BuildSummary?> Find(long id, CancellationToken cancellation);
    Task<BuildSummary?> Find(string builder, int number, CancellationToken cancellation);
    Task<BuildDetail?> Detail(long id, CancellationToken cancellation);
    Task<Page<BuildSummary>> List(BuildFilter filter, CancellationToken cancellation);
}

/// <summary>What a person may do with a build. Each action is audited in the transaction that carries it out.</summary>
public interface IBuildActions
{
    /// <summary>A stored wish: the owner ends the running command, runs the steps marked alwaysRun, and finishes the build as cancelled.</summary>
    Task<ActionOutcome> Stop(long buildId, string? reason, Actor by, CancellationToken cancellation);

    /// <summary>A new buildset with the same source stamps and properties for this builder alone; <see cref="ActionOutcome.Done.Id"/> is its request.</summary>
    Task<ActionOutcome> Rebuild(long buildId, string? reason, Actor by, CancellationToken cancellation);
}

/// <summary>A build that has set another one off.</summary>
public sealed record ParentBuild(string Builder, int Number);
