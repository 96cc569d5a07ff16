using System.Text.Json;
using Weir.Shared.Identity;

namespace Weir.Shared.Schedulers;

/// <summary>One scheduler.</summary>
public sealed record SchedulerRecord
{
    public required long Id { get; init; }
    public required string Name { get; init; }
    public required string Kind { get; init; }
    public required bool Enabled { get; init; }
    public IReadOnlyList<string> Builders { get; init; } = [];
    public DateTimeOffset? NextFireAt { get; init; }
    public DateTimeOffset? LastFireAt { get; init; }
    public long? LastBuildsetId { get; init; }
    public string? LastError { get; init; }

    /// <summary>Of a nightly scheduler: its cron text and the zone whose clocks count.</summary>
    public string? Cron { get; init; }
    public string? TimeZone { get; init; }

    /// <summary>How late its last build of the clock was made.</summary>
    public TimeSpan? LastLateness { get; init; }

    /// <summary>Who has paused it; null: nobody.</summary>
    public string? PausedBy { get; init; }
    public string? PauseReason { get; init; }

    /// <summary>When the pause ends by itself; null: never.</summary>
    public DateTimeOffset? PausedUntil { get; init; }
}

/// <summary>A scheduler with what it did and what it will do.</summary>
public sealed record SchedulerDetail
{
    public required SchedulerRecord Scheduler { get; init; }

    /// <summary>The next times of a scheduler of the clock, as the clocks of its zone show them.</summary>
    public IReadOnlyList<DateTimeOffset> Upcoming { get; init; } = [];

    /// <summary>When that zone's clocks are moved next, within a year.</summary>
    public ClockChangeRecord? ClockChange { get; init; }

    /// <summary>Newest first.</summary>
    public IReadOnlyList<FiringRecord> Firings { get; init; } = [];
}

/// <summary>The clocks of a zone are moved: the same instant before and after.</summary>
public sealed record ClockChangeRecord(DateTimeOffset Before, DateTimeOffset After);

/// <summary>One time that a scheduler was set off, or was not: then <see cref="Outcome"/> says why.</summary>
public sealed record FiringRecord
{
    /// <summary>When the clock asked for it; null: something else did.</summary>
    public DateTimeOffset? DueAt { get; init; }
    public DateTimeOffset FiredAt { get; init; }
    public long? BuildsetId { get; init; }
    public string? Outcome { get; init; }
}

/// <summary>A force scheduler as a form: which builders, which fields.</summary>
public sealed record ForceForm
{
    public required string Scheduler { get; init; }
    public required string Label { get; init; }
    public required IReadOnlyList<string> Builders { get; init; }
    public required IReadOnlyList<ForceParameter> Parameters { get; init; }

    /// <summary>Codebases for which branch and revision can be given.</summary>
    public IReadOnlyList<string> Codebases { get; init; } = [];
}

/// <summary>One typed field of a force form. Kinds: string, text, int, boolean, choice.</summary>
public sealed record ForceParameter
{
    public required string Name { get; init; }
    public required string Kind { get; init; }
    public string? Label { get; init; }
    public string? Description { get; init; }
    public bool Required { get; init; }

    /// <summary>The default as text: <c>true</c>, <c>3</c>, <c>beta</c>.</summary>
    public string? Default { get; init; }
    public string? Pattern { get; init; }
    public IReadOnlyList<string> Choices { get; init; } = [];
}

/// <summary>A filled-in force form. Values are text as a form gives it, or JSON values as REST gives them.</summary>
public sealed record ForceOrder
{
    public required string Scheduler { get; init; }

    /// <summary>Which of the scheduler's builders; empty means all.</summary>
    public IReadOnlyList<string> Builders { get; init; } = [];
    public string? Reason { get; init; }
    public IReadOnlyDictionary<string, JsonElement> Properties { get; init; } = new Dictionary<string, JsonElement>();

    /// <summary>Codebase → branch and revision; absent: the codebase's default branch.</summary>
    public IReadOnlyDictionary<string, ForceStamp> SourceStamps { get; init; } = new Dictionary<string, ForceStamp>();
    public int Priority { get; init; }

    /// <summary>When one build fails, the others of the buildset are ended; null: as the scheduler says.</summary>
    public bool? FailFast { get; init; }

    /// <summary>The same key from the same actor forces once.</summary>
    public string? IdempotencyKey { get; init; }
}

/// <summary>A form filled in: the order, or what is wrong with what was given.</summary>
public sealed record FilledForm(ForceOrder? Order, IReadOnlyList<FieldProblem> Problems);

/// <summary>Branch and revision asked for in a force form.</summary>
public sealed record ForceStamp(string? Branch, string? Revision);

/// <summary>What forcing made.</summary>
public sealed record ForceResult(long BuildsetId, IReadOnlyDictionary<long, long> RequestByBuilder);

/// <summary>Reads schedulers.</summary>
public interface ISchedulerQueries
{
    Task<IReadOnlyList<SchedulerRecord>> List(CancellationToken cancellation);
    Task<SchedulerDetail?> Detail(string scheduler, CancellationToken cancellation);
    Task<IReadOnlyList<ForceForm>> ForceForms(CancellationToken cancellation);
}

/// <summary>What a person may do with schedulers.</summary>
public interface ISchedulerActions
{
    /// <summary>Checks every field against the scheduler's parameters; makes the buildset and its requests in one transaction.</summary>
    Task<(ActionOutcome Outcome, ForceResult? Result)> Force(ForceOrder order, Actor by, CancellationToken cancellation);

    /// <summary>The same for an order whose meaning depends on the form: it is filled in for the configuration in force, and once more if another one has come meanwhile.</summary>
    Task<(ActionOutcome Outcome, ForceResult? Result)> Force(string scheduler, Func<ForceForm, FilledForm> fill, Actor by, CancellationToken cancellation);
    Task<ActionOutcome> SetEnabled(string scheduler, bool enabled, Actor by, CancellationToken cancellation);
}
