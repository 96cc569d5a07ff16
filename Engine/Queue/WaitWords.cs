using System.Globalization;
using Weir.Shared.Pauses;

namespace Weir.Engine.Queue;

/// <summary>The words in which a request says why it waits for workers.</summary>
internal static class WaitWords
{
    /// <summary>A moment, for people of every zone.</summary>
    public static string At(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture);

    /// <summary>About so long.</summary>
    public static string Span(TimeSpan span) => span switch
    {
        { TotalHours: >= 1 } when (int)Math.Round(span.TotalMinutes) is var minutes => minutes % 60 == 0 ? $"{minutes / 60} h" : $"{minutes / 60} h {minutes % 60} min",
        { TotalMinutes: >= 1 } => $"{(int)Math.Round(span.TotalMinutes)} min",
        _ => $"{(int)Math.Ceiling(span.TotalSeconds)} s",
    };

    /// <summary>Because of what a builder begins nothing: it, its project or everything is paused. What is said is what keeps it longest.</summary>
    public static PauseRecord? Keeping(IEnumerable<PauseRecord> pauses, string builder, string? project) =>
        pauses.Where(p => p.Kind switch { PauseKind.Everything => true, PauseKind.Builder => p.Subject == builder, PauseKind.Project => p.Subject == project, _ => false })
            .OrderByDescending(p => p.Until ?? DateTimeOffset.MaxValue).ThenByDescending(p => p.Kind).FirstOrDefault();

    public static string Paused(PauseRecord pause) =>
        $"{char.ToUpperInvariant(pause.InWords[0])}{pause.InWords[1..]} is paused by {pause.By}{(pause.Reason is { Length: > 0 } why ? ": " + why.TrimEnd('.') : "")}{(pause.Until is { } until ? $", until {At(until)}" : "")}.";

    /// <summary>The names, with the verb.</summary>
    public static string AreOf(IReadOnlyList<DispatchWorker> workers) => $"{Names(workers)} {(workers.Count == 1 ? "is" : "are")}";

    /// <summary>A sentence's beginning within a sentence.</summary>
    public static string Within(string sentence) => char.ToLowerInvariant(sentence[0]) + sentence[1..];

    /// <summary>Connected workers, none of which may be given builds.</summary>
    public static string KeptFrom(IReadOnlyList<DispatchWorker> workers)
    {
        var first = workers.Where(w => w.Verdict.Until is not null).MinBy(w => w.Verdict.Until);
        if (workers.Count == 1)
            return $"{AreOf(workers)} {workers[0].Verdict.Because}{(first is null ? "" : $", until {At(first.Verdict.Until!.Value)}")}.";
        var kept = workers.All(w => w.Verdict.State == workers[0].Verdict.State) ? workers[0].Verdict.State.ToString().ToLowerInvariant() : "away or paused";
        return first is null
            ? $"{AreOf(workers)} {kept}: {workers[0].Name} is {workers[0].Verdict.Because}."
            : $"{AreOf(workers)} {kept}; {first.Name} comes back first, at {At(first.Verdict.Until!.Value)}.";
    }

    /// <summary>Workers with room whose windows close too soon.</summary>
    public static string WouldNotFit(IReadOnlyList<DispatchWorker> workers, TimeSpan usual)
    {
        var last = workers.MaxBy(w => w.FitsUntil)!;
        return workers.All(w => w.LongestOpen < usual)
            ? $"No window of {Within(Names(workers))} is long enough: it usually takes {Span(usual)}, and the longest is {Span(workers.Max(w => w.LongestOpen)!.Value)}."
            : $"It would not fit before the window of worker {last.Name} closes at {At(last.FitsUntil!.Value)}: it usually takes {Span(usual)}.";
    }

    private static string Names(IReadOnlyList<DispatchWorker> workers) => workers.Count switch
    {
        1 => $"Worker {workers[0].Name}",
        <= 3 => "The workers " + string.Join(", ", workers.SkipLast(1).Select(w => w.Name)) + " and " + workers[^1].Name,
        _ => $"All {workers.Count} matching workers",
    };
}
