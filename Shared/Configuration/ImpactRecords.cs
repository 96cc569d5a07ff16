using System.Globalization;

namespace Weir.Shared.Configuration;

/// <summary>What a configuration does to a builder that it touches.</summary>
public sealed record BuilderImpact
{
    public required string Name { get; init; }
    public required DifferenceKind Change { get; init; }

    /// <summary>Of a renamed one: its name until now.</summary>
    public string? FormerName { get; init; }

    /// <summary>Builds that run, by the revision on which they stay.</summary>
    public IReadOnlyDictionary<long, int> Running { get; init; } = new Dictionary<long, int>();

    /// <summary>Requests that wait. Those of a builder that is removed wait until it is back; the others begin under the new revision.</summary>
    public int Waiting { get; init; }

    /// <summary>Of a builder that goes: what waits is cancelled, and does not wait until it is back.</summary>
    public bool CancelsWaiting { get; init; }

    /// <summary>How many of these are set aside, because they lack a property that it requires.</summary>
    public int SetAside { get; init; }

    /// <summary>A property that they lack.</summary>
    public string? Missing { get; init; }

    /// <summary>A configured worker could run it before, and none can now.</summary>
    public bool LosesWorkers { get; init; }
}

/// <summary>What a configuration does to a worker that it touches; builds on it go on whatever it says.</summary>
public sealed record WorkerImpact(string Name, DifferenceKind Change, int Running)
{
    /// <summary>Of a renamed one: its name until now.</summary>
    public string? FormerName { get; init; }
}

/// <summary>What a configuration does to a lock that it touches.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Change">What becomes of it.</param>
/// <param name="Holders">Builds that hold it now, and go on holding it.</param>
/// <param name="Before">Its capacity until now.</param>
/// <param name="After">Its capacity from then on; null: it is gone.</param>
public sealed record LockImpact(string Name, DifferenceKind Change, int Holders, int? Before, int? After)
{
    /// <summary>Of a renamed one: its name until now.</summary>
    public string? FormerName { get; init; }
}

/// <summary>What a configuration does to a shared directory that lies on a worker. It stays there, whatever it is called.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Change">What becomes of it; changed: nothing of its own, but who shares it cannot get to it.</param>
/// <param name="Worker">Where it is.</param>
/// <param name="Holders">Builds that use it now, and go on using it.</param>
public sealed record DirectoryImpact(string Name, DifferenceKind Change, string Worker, int Holders)
{
    /// <summary>Of a renamed one: its name until now.</summary>
    public string? FormerName { get; init; }

    /// <summary>What of its worker keeps some from it that share it, in words; null: nothing.</summary>
    public string? Lost { get; init; }
}

/// <summary>The revision would not come in force at once.</summary>
/// <param name="State">What it would be until then: held back, since its builds could wait for ever for builds that run, or waiting for idle builders.</param>
/// <param name="Because">In words.</param>
/// <param name="Builds">The builds that must end first.</param>
/// <param name="Deadline">When waiting for idle builders ends, and how; null: never.</param>
public sealed record WaitsImpact(RevisionState State, string Because, IReadOnlyList<string> Builds, (DateTimeOffset At, AtDeadline Then)? Deadline);

/// <summary>A schedule of the clock that moves.</summary>
/// <param name="Scheduler">Whose it is.</param>
/// <param name="Before">When it would have been next; null: never.</param>
/// <param name="After">When it will be next; null: never.</param>
public sealed record ScheduleImpact(string Scheduler, DateTimeOffset? Before, DateTimeOffset? After);

/// <summary>Requests that fit in no window of the workers that may run them.</summary>
/// <param name="Builder">Whose they are.</param>
/// <param name="Waiting">How many wait.</param>
/// <param name="Usual">How long its builds usually take.</param>
/// <param name="Longest">The longest window of these workers in the two weeks to come; zero: there is none.</param>
public sealed record UnservedImpact(string Builder, int Waiting, TimeSpan Usual, TimeSpan Longest);

/// <summary>What a configuration would do to what runs, waits and is due at this moment, if it came in force.</summary>
public sealed record Impact
{
    /// <summary>Null: it comes in force at once.</summary>
    public WaitsImpact? Waits { get; init; }

    public IReadOnlyList<BuilderImpact> Builders { get; init; } = [];
    public IReadOnlyList<DirectoryImpact> Directories { get; init; } = [];
    public IReadOnlyList<WorkerImpact> Workers { get; init; } = [];
    public IReadOnlyList<LockImpact> Locks { get; init; } = [];
    public IReadOnlyList<ScheduleImpact> Schedules { get; init; } = [];

    /// <summary>Of builders that may use a worker whose windows change.</summary>
    public IReadOnlyList<UnservedImpact> Unserved { get; init; } = [];

    /// <summary>The same in words, what matters most first. Empty: nobody would notice anything.</summary>
    public IReadOnlyList<string> Sentences() =>
    [
        .. Waits is { } waits ? [Said(waits)] : Array.Empty<string>(),
        .. Builders.Where(b => b.Waiting > 0 && b.Change == DifferenceKind.Removed).Select(b => b.CancelsWaiting ? $"{Count(b.Waiting, "waiting request")} of {b.Name} {Is(b.Waiting)} cancelled." : $"{Count(b.Waiting, "waiting request")} of {b.Name} {(b.Waiting == 1 ? "loses its" : "lose their")} builder, and {(b.Waiting == 1 ? "waits" : "wait")} until it is back or somebody cancels."),
        .. Builders.Where(b => b.SetAside > 0).Select(b => $"{Count(b.SetAside, "waiting request")} of {b.Name} {Is(b.SetAside)} set aside: the property {b.Missing} is required and has no value."),
        .. Unserved.Select(u => $"{Count(u.Waiting, "waiting request")} of {u.Builder} {(u.Waiting == 1 ? "fits" : "fit")} in no window of the workers that may run it: it usually takes {Span(u.Usual)}, and {(u.Longest == TimeSpan.Zero ? "there is none in the next two weeks" : $"the longest of the next two weeks is {Span(u.Longest)}")}."),
        .. Builders.Where(b => b.LosesWorkers).Select(b => $"No configured worker can run {b.Name} any more."),
        .. Builders.Where(b => b.Change != DifferenceKind.Removed && b.Waiting > b.SetAside).Select(b => $"{Count(b.Waiting - b.SetAside, "waiting request")} of {b.FormerName ?? b.Name} {(b.Waiting - b.SetAside == 1 ? "begins" : "begin")} under the new revision{(b.FormerName is null ? "" : $", as {b.Name}")}."),
        .. Builders.SelectMany(b => b.Running.OrderBy(r => r.Key).Select(r => $"{Count(r.Value, "running build")} of {b.FormerName ?? b.Name} {(r.Value == 1 ? "stays" : "stay")} on revision {r.Key.ToString(CultureInfo.InvariantCulture)}.")),
        .. Workers.Where(w => w.Running > 0 || w.Change == DifferenceKind.Removed).Select(w => $"Worker {w.FormerName ?? w.Name} {Word(w.Change, w.Name)}{(w.Running == 0 ? "." : $"; {Count(w.Running, "build")} on it {(w.Running == 1 ? "goes" : "go")} on.")}"),
        .. Locks.Where(l => l.Holders > 0).Select(l => $"Lock {l.FormerName ?? l.Name} {Word(l.Change, l.Name)}{(l.Before != l.After && l.After is { } now ? FormattableString.Invariant($" from {l.Before} to {now}") : "")}; {Count(l.Holders, "build")} {(l.Holders == 1 ? "keeps" : "keep")} what {(l.Holders == 1 ? "it holds" : "they hold")}."),
        .. Directories.Select(Said),
        .. Schedules.Select(s => s.After is null ? $"{s.Scheduler} fires no more (next would have been {Time(s.Before)})." : s.Before is null ? $"{s.Scheduler} fires at {Time(s.After)}." : $"{s.Scheduler} fires at {Time(s.After)} instead of {Time(s.Before)}."),
    ];

    // Why a revision is held back names the builds itself.
    private static string Said(WaitsImpact waits) => waits.State == RevisionState.HeldBack
        ? $"The revision is held back at first. {waits.Because}"
        : $"The revision is not in force at once. {waits.Because} {Named(waits.Builds)} {(waits.Builds.Count == 1 ? "runs" : "run")}; nothing else of {(waits.Builds.Count == 1 ? "its builder" : "these builders")} begins meanwhile.{(waits.Deadline is { } end ? $" At {Time(end.At)} it {(end.Then == AtDeadline.Drop ? "is dropped" : "comes in force")}, whatever runs." : "")}";

    private static string Named(IReadOnlyList<string> builds) => builds.Count <= MostNamed ? string.Join(", ", builds) : string.Create(CultureInfo.InvariantCulture, $"{string.Join(", ", builds.Take(MostNamed))} and {builds.Count - MostNamed} more");

    private static string Said(DirectoryImpact directory)
    {
        var holders = directory.Holders == 0 ? "" : $"; {Count(directory.Holders, "build")} {(directory.Holders == 1 ? "goes" : "go")} on using it";
        var what = $"The shared directory {directory.FormerName ?? directory.Name}";
        var lost = directory.Lost is null ? "" : $"Worker {directory.Worker}, which has it, {directory.Lost}: who shares it waits until an admin moves it.";
        return directory.Change switch
        {
            DifferenceKind.Removed => $"{what} is removed from worker {directory.Worker}{(directory.Holders == 0 ? "." : $" when {Count(directory.Holders, "build")} that {(directory.Holders == 1 ? "uses" : "use")} it {(directory.Holders == 1 ? "has" : "have")} ended.")}",
            DifferenceKind.Renamed => $"{what} is called {directory.Name} from then on, and stays on worker {directory.Worker}{holders}.{(lost.Length == 0 ? "" : $" {lost}")}",
            _ => $"{what} loses its home{holders}. {lost}",
        };
    }

    private const int MostNamed = 10;

    private static string Count(int count, string what) => string.Create(CultureInfo.InvariantCulture, $"{count} {what}{(count == 1 ? "" : "s")}");

    private static string Span(TimeSpan span) => span < TimeSpan.FromHours(1) ? Count((int)Math.Ceiling(span.TotalMinutes), "minute") : string.Create(CultureInfo.InvariantCulture, $"{Math.Floor(span.TotalHours)} h{(span.Minutes > 0 ? $" {span.Minutes} min" : "")}");

    private static string Is(int count) => count == 1 ? "is" : "are";

    private static string Word(DifferenceKind change, string name) => change switch { DifferenceKind.Renamed => $"is called {name} from then on", DifferenceKind.Removed => "is removed", DifferenceKind.Added => "is added", _ => "changes" };

    private static string Time(DateTimeOffset? at) => at?.ToUniversalTime().ToString("yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture) ?? "never";
}

/// <summary>What a configuration would do, or why it cannot come in force.</summary>
public sealed record ImpactAnswer(Impact? Impact, IReadOnlyList<ConfigurationProblem> Problems);

/// <summary>Says beforehand what a configuration would do, by the rules by which it is applied.</summary>
public interface IImpactQueries
{
    /// <summary>Of parts, as <see cref="IConfigurationActions.Check"/> takes them.</summary>
    Task<ImpactAnswer> Of(IReadOnlyList<ConfigurationPart> parts, ApplyTerms terms, CancellationToken cancellation);

    /// <summary>Of putting an old revision back in force; null: there is no such revision.</summary>
    Task<ImpactAnswer?> OfRevision(long id, ApplyTerms terms, CancellationToken cancellation);

    /// <summary>Of an edit; null: it comes to no configuration that could be checked.</summary>
    Task<ImpactAnswer?> Of(ThingEdit edit, CancellationToken cancellation);

    /// <summary>Of an edit of a whole text; null likewise.</summary>
    Task<ImpactAnswer?> Of(TextEdit edit, CancellationToken cancellation);
}
