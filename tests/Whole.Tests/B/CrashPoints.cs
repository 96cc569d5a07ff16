using System.Text.RegularExpressions;
using Weir.Support;

namespace Weir.Whole.Tests.B;

/// <summary>The places at which an engine may be made to die, as its source names them, and which walk meets each.</summary>
internal static partial class CrashPoints
{
    /// <summary>Whether all of a walk is walked: each step of it is a master that starts.</summary>
    public static bool All => Environment.GetEnvironmentVariable("WEIR_TEST_SLOW") == "1";

    /// <summary>These, when not all are walked.</summary>
    public static string[] Or(this string[] points, params string[] few) => All ? points : points.Intersect(few).Count() == few.Length ? few : throw new ArgumentException("One of them is no point of this walk.", nameof(few));

    /// <summary>A build's life: between its commits, its orders to the worker and its acknowledgements.</summary>
    public static string[] OfBuilds { get; } =
    [
        "command.send.before", "command.send.after", "ingest.store.before", "ingest.store.after", "ingest.acknowledge.after", "hello.adopt.before", "hello.adopt.after", "store.commit.before", "store.commit.after",
        "locks.grant.before", "locks.grant.after",
    ];

    /// <summary>Besides those: claims, lines before locks, what steps set off, and slots that are lent.</summary>
    public static string[] OfLocks { get; } = ["trigger.begun", "claim.before", "claim.after", "locks.asked", "locks.there", "trigger.over", "slot.asked", "slot.grant.before", "slot.grant.after"];

    public static string[] OfOrders { get; } = ["order.taken", "order.done", "order.answered"];

    public static string[] OfDrains { get; } = ["drain.seen", "drain.tell.before", "drain.tell.after", "drain.goes", "master.stopped.before", "master.stopped.after"];

    public static string[] OfHandovers { get; } = ["handover.tell.before", "handover.tell.after", "handover.arrived"];

    public static string[] OfHeldRevisions { get; } = ["revision.held.before", "revision.held.after"];

    public static string[] OfDroppedRevisions { get; } = ["revision.drop.before", "revision.drop.after"];

    public static string[] OfStoppedWorkers { get; } = ["worker.stopping.before", "worker.stopping.after", "worker.finished.before", "worker.finished.after"];

    /// <summary>Those of the source; the points of back-fills have a test of their own.</summary>
    public static IReadOnlyList<string> InSource() => [.. Directory.EnumerateFiles(RepositoryRoot.Below("Engine"), "*.cs", SearchOption.AllDirectories)
        .SelectMany(f => Point().Matches(File.ReadAllText(f))).Select(m => m.Groups[1].Value).Where(p => !p.StartsWith("backfill.", StringComparison.Ordinal)).Distinct().Order(StringComparer.Ordinal)];

    [GeneratedRegex("""Crash\.At\("([a-z.-]+)"\)""")]
    private static partial Regex Point();
}
