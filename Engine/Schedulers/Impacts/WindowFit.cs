using Weir.Engine.Configuration;
using Weir.Engine.Configuration.Timetables;
using Weir.Shared.Configuration;

namespace Weir.Engine.Schedulers.Impacts;

/// <summary>Which waiting requests no window can serve. Pure.</summary>
internal static class WindowFit
{
    private static readonly TimeSpan Ahead = TimeSpan.FromDays(14);

    /// <summary>The builders of the new configuration that may use a worker with other windows than before: only of these is it asked.</summary>
    public static IEnumerable<string> Concerned(WeirConfiguration before, WeirConfiguration after)
    {
        var old = before.Workers.ToDictionary(w => w.Name, w => w.Availability);
        var changed = after.Workers.Where(w => w.Availability is not null && ConfigurationJson.Write(w.Availability) != ConfigurationJson.Write(old.GetValueOrDefault(w.Name))).ToList();
        return changed.Count == 0 ? [] : after.Builders.Where(b => changed.Any(w => WorkerMatching.MayUse(b.Workers, w))).Select(b => b.Name);
    }

    public static IEnumerable<UnservedImpact> Unserved(WeirConfiguration after, OpenWork open)
    {
        var waiting = open.Waiting.ToDictionary(w => w.Builder, w => w.Requests);
        var longest = new Dictionary<string, TimeSpan>();
        foreach (var builder in after.Builders)
        {
            if (!open.Usual.TryGetValue(builder.Name, out var usual) || waiting.GetValueOrDefault(builder.Name) is not (> 0 and var requests))
                continue;
            var workers = after.Workers.Where(w => WorkerMatching.MayUse(builder.Workers, w)).ToList();
            if (workers.Count == 0 || workers.Exists(w => Serves(w, usual)))
                continue;
            yield return new(builder.Name, requests, usual, workers.Max(Longest));
        }

        bool Serves(WorkerConfiguration worker, TimeSpan usual) => worker.Availability is not { } rule || (Longest(worker) is var best && best > TimeSpan.Zero && (rule.LastStart == LastStart.Open || best >= usual));

        TimeSpan Longest(WorkerConfiguration worker) => longest.TryGetValue(worker.Name, out var known) ? known
            : longest[worker.Name] = OpeningHours.Of(worker.Availability!).Between(open.Now, open.Now + Ahead).Select(s => s.Until - s.From).DefaultIfEmpty().Max();
    }
}
