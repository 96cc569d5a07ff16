using Weir.Shared.Workers;

namespace Weir.Engine.Workers.Availability;

/// <summary>The one answer to "may this worker be given builds?". Pure: facts and a moment in, the answer out.</summary>
/// <param name="State">What it is; given builds only if it is available.</param>
/// <param name="Because">Why, to be read after "it is": <c>paused by ada: disk full</c>; null where there is nothing to say.</param>
/// <param name="Reason">The same for people, in sentences; all that keeps it, not only what comes first.</param>
/// <param name="Until">When it will be available again, or (if it is available) no longer, as far as the facts of now tell; null: they do not.</param>
/// <param name="NextChange">When one of the facts changes by itself; null: none does.</param>
public sealed record WorkerVerdict(WorkerState State, string? Because, string? Reason, DateTimeOffset? Until, DateTimeOffset? NextChange)
{
    private sealed record Block(WorkerState State, string Because, string Sentence, DateTimeOffset? Until);

    /// <summary>Connected, and nothing else is to be said.</summary>
    public static WorkerVerdict Available { get; } = new(WorkerState.Available, null, null, null, null);

    public static WorkerVerdict Of(WorkerFacts facts, DateTimeOffset now)
    {
        var blocks = Blocks(facts, now).ToList();
        var next = blocks.Select(b => b.Until).Append(facts.OpensAt > now ? facts.OpensAt : facts.ClosesAt).Where(at => at > now && at < DateTimeOffset.MaxValue).Min();
        DateTimeOffset? closes = facts.ClosesAt < DateTimeOffset.MaxValue ? facts.ClosesAt : null;
        if (blocks.Count == 0)
            return new(WorkerState.Available, null, facts.Quarantine is null ? null : "On trial after its quarantine: one build at a time, until one has ended.", closes, next);
        var until = blocks.Any(b => b.Until is null) ? null : blocks.Max(b => b.Until);
        // Where all else ends behind the end of the stretch, another will decide.
        return new(blocks[0].State, blocks[0].Because, string.Join(' ', blocks.Select(b => b.Sentence)), until >= closes ? null : until, next);
    }

    // In the order of what people want to hear first.
    private static IEnumerable<Block> Blocks(WorkerFacts facts, DateTimeOffset now)
    {
        if (facts.Link != WorkerLinkState.Connected)
            yield return new(WorkerState.Missing, "not connected", Gone(facts.Link), null);
        else if (facts.Stopping)
            yield return new(WorkerState.Stopping, "stopping", facts.Running == 0 ? "It goes." : $"It finishes {facts.Running} {(facts.Running == 1 ? "build" : "builds")} and goes.", null);
        if (facts.Pause is { } pause && !(pause.Until <= now))
            yield return new(WorkerState.Paused, $"paused by {pause.By}{Why(pause.Reason)}", Sentence($"Paused by {pause.By}", pause.Reason), pause.Until);
        if (facts.Quarantine is { } quarantine && quarantine.Until > now)
            yield return new(WorkerState.Paused, $"in quarantine{Why(quarantine.Reason)}", Sentence("In quarantine", quarantine.Reason), quarantine.Until);
        if (facts.Away is { } away && !(away.Until <= now) && facts.Link == WorkerLinkState.Connected)
            yield return new(WorkerState.Away, $"away, as its owner said at its machine{Why(away.Reason)}", Sentence("Its owner has set it away", away.Reason), away.Until);
        if (facts.OpensAt > now)
            yield return new(WorkerState.Away, "away, outside its windows", "Its window is closed.", facts.OpensAt < DateTimeOffset.MaxValue ? facts.OpensAt : null);
        else if (facts.ClosesAt <= now)
            yield return new(WorkerState.Away, "away, outside its windows", "Its window is closed.", null);
    }

    private static string Gone(WorkerLinkState link) => link switch
    {
        WorkerLinkState.NeverCame => "It has never connected.",
        WorkerLinkState.StoppedAtItsMachine => "It was stopped at its machine.",
        WorkerLinkState.Ended => "Its connection ended.",
        _ => "Its connection has fallen silent.",
    };

    private static string Why(string? reason) => reason is { Length: > 0 } ? ": " + reason.TrimEnd('.') : "";

    private static string Sentence(string what, string? reason) => reason is { Length: > 0 } ? $"{what}: {reason}" : what + ".";
}
