using Weir.Shared.Changes;
using Weir.Shared.Queue;

namespace Weir.Shared.Builds;

/// <summary>One builder with what an overview, a waterfall header or a REST row shows of it.</summary>
public sealed record BuilderSummary
{
    public required long Id { get; init; }
    public required string Name { get; init; }
    public string? Project { get; init; }
    public string? Description { get; init; }
    public IReadOnlyList<string> Tags { get; init; } = [];
    public DateTimeOffset? RetiredAt { get; init; }

    /// <summary>The last finished build, however long ago.</summary>
    public BuildSummary? Last { get; init; }
    public IReadOnlyList<BuildSummary> Running { get; init; } = [];
    public int Waiting { get; init; }
    public string? FirstWaitReason { get; init; }
    public WorkerCounts Workers { get; init; } = new(0, 0, 0, 0);

    /// <summary>Why nothing of it is begun; null: it is not paused.</summary>
    public BuilderPause? Pause { get; init; }

    /// <summary>Up to thirty last finished builds, newest first; filled where a strip is shown.</summary>
    public IReadOnlyList<BuildSummary> Recent { get; init; } = [];
    public TimeSpan? UsualDuration { get; init; }
}

/// <summary>The pause that keeps a builder from its builds: its own, its project's or that of everything; of several the one that lasts longest.</summary>
public sealed record BuilderPause(Pauses.PauseKind Kind, string By, string? Reason, DateTimeOffset? Until);

/// <summary>How many of a builder's workers are in which state.</summary>
public sealed record WorkerCounts(int Available, int Away, int Paused, int Missing);

/// <summary>One builder's page: header, queue, and the force schedulers that can start it.</summary>
public sealed record BuilderDetail
{
    public required BuilderSummary Builder { get; init; }
    public required IReadOnlyList<RequestSummary> Queue { get; init; }
    public required IReadOnlyList<Schedulers.ForceForm> ForceForms { get; init; }

    /// <summary>The builder's part of the configuration in force, as YAML, for reading.</summary>
    public string? ConfigurationText { get; init; }
}

/// <summary>Reads builders.</summary>
public interface IBuilderQueries
{
    Task<IReadOnlyList<BuilderSummary>> List(CancellationToken cancellation);

    /// <summary>A part of the overview: as many statements, and as much to send, for a thousand builders as for fifty.</summary>
    Task<BuilderOverview> Overview(BuilderWish wish, CancellationToken cancellation);
    Task<BuilderStatistics> Statistics(long builderId, CancellationToken cancellation);
    Task<BuilderDetail?> Detail(string name, CancellationToken cancellation);
    Task<BuilderSummary?> Find(long id, CancellationToken cancellation);
    Task<BuilderSummary?> Find(string name, CancellationToken cancellation);
}

/// <summary>The first page: what is red, what runs, what waits, what needs attention.</summary>
public sealed record HomeView
{
    public required IReadOnlyList<BuilderSummary> Builders { get; init; }
    public required IReadOnlyList<RedBuilder> Red { get; init; }
    public required IReadOnlyList<BuildSummary> Running { get; init; }
    public required IReadOnlyList<BuildSummary> Recent { get; init; }
    public required int Waiting { get; init; }
    public DateTimeOffset? OldestWaitingSince { get; init; }
    public required IReadOnlyList<Attention> Attention { get; init; }

    /// <summary>The last build that failed, of any builder: since when all is well, if all is well.</summary>
    public BuildSummary? LastFailure { get; init; }
    public string? Title { get; init; }
}

/// <summary>A builder whose last build failed: since which build and change, and where it failed first.</summary>
public sealed record RedBuilder(BuilderSummary Builder, BuildSummary SinceBuild, ChangeRecord? SinceChange, string? FailedStep, BuildSummary? LastGood);

/// <summary>Something an admin should look at. <paramref name="Kind"/> says what <paramref name="Subject"/> names: <c>worker</c>, <c>master</c>, <c>source</c> (of changes), or <c>configuration</c> (the refused revision).</summary>
public sealed record Attention(string Kind, string Subject, string Text, DateTimeOffset? Since);

/// <summary>What concerns one person: the last changes that are hers, and the last builds of her changes or by her word. Newest first.</summary>
public sealed record MyWork(IReadOnlyList<ChangeRecord> Changes, IReadOnlyList<BuildSummary> Builds);

/// <summary>Reads the first page.</summary>
public interface IHomeQueries
{
    Task<HomeView> Home(CancellationToken cancellation);

    /// <summary>A change is a user's when its author is called so, by name or by e-mail address.</summary>
    Task<MyWork> Mine(string user, CancellationToken cancellation);
}
