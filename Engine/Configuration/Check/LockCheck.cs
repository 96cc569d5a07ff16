using Weir.Engine.Configuration.Reading;
using Weir.Shared.Configuration;

namespace Weir.Engine.Configuration.Check;

/// <summary>Checks what is said about locks: that they exist, that what is asked for can be had at all, and, if so, that no circle of holdings can arise (<see cref="LockOrder"/>).</summary>
internal sealed class LockCheck
{
    private readonly Sections sections;
    private readonly WeirConfiguration model;
    private readonly Dictionary<string, LockConfiguration> locks;
    private readonly Problems problems;

    private LockCheck(Sections sections, WeirConfiguration model, Problems problems)
    {
        (this.sections, this.model, this.problems) = (sections, model, problems);
        locks = model.Locks.ToDictionary(l => l.Name);
    }

    public static void Check(Sections sections, WeirConfiguration model, Problems problems)
    {
        var check = new LockCheck(sections, model, problems);
        foreach (var entry in sections.Locks)
            check.CheckLock(entry, $"locks.{entry.Key.Text}");
        foreach (var builder in model.Builders)
        {
            if (sections.Find("builders", builder.Name) is { } node)
                check.CheckBuilder(builder, node, $"builders.{builder.Name}");
        }
        // Triggers that wait for one another were complained about before.
        if (!problems.Any && LockOrder.Circle(model) is { } circle)
            problems.Add(check.PlaceOf(circle[0]), $"builders.{circle[0].Builder}", LockOrder.InWords(circle));
    }

    private void CheckLock(YamlEntry entry, string path)
    {
        if (entry.Value.Find("pool") is { } pool)
        {
            if ((entry.Value.Find("capacity") ?? entry.Value.Find("perWorker")) is { } number)
                problems.Add(number.Key, $"{path}.{number.Key.Text}", "A lock with a pool has as much as the pool has names.");
            if (pool.Value is { Kind: YamlKind.Map, Entries.Count: 0 })
                problems.Add(pool.Key, $"{path}.pool", "A pool has at least one name.");
            return;
        }
        if (entry.Value.Find("perWorker") is not { } perWorker)
            return;
        if (entry.Value.Text("scope") != "worker")
            problems.Add(perWorker.Key, $"{path}.perWorker", "Only a lock of scope worker has a capacity for each worker; this one is of scope all.");
        foreach (var name in perWorker.Value.Entries.Select(e => e.Key).Where(w => !model.Workers.Any(m => WorkerMatching.MatchesName(w.Text, m.Name) || WorkerMatching.MatchesName(m.Name, w.Text))))
            problems.Add(name, $"{path}.perWorker.{name.Text}", $"There is no worker \"{name.Text}\".{Suggestion.DidYouMean(name.Text, sections.Known("workers"))}");
    }

    private void CheckBuilder(BuilderConfiguration builder, YamlNode node, string path)
    {
        CheckUses(builder, builder.Locks, node["locks"], $"{path}.locks");
        CheckRuns(builder, node["locks"], $"{path}.locks");
        var steps = node["steps"]?.Items ?? [];
        // Where a step could not be read the model has fewer: then there are other complaints.
        for (var i = 0; i < Math.Min(steps.Count, builder.Steps.Count); i++)
        {
            CheckUses(builder, builder.Steps[i].Locks, steps[i]["locks"], FormattableString.Invariant($"{path}.steps[{i}].locks"));
            if (builder.Steps[i] is TriggerStepConfiguration { ReleasesSlot: true } releases)
                CheckReleased(builder, i, releases, steps[i]["trigger"]!["release"]!, FormattableString.Invariant($"{path}.steps[{i}].trigger.release"));
            if (builder.Steps[i] is TriggerStepConfiguration { Inherit.Count: > 0 } trigger)
                InheritCheck.Check(model, builder, i, trigger, steps[i]["trigger"]!["inherit"]!, FormattableString.Invariant($"{path}.steps[{i}].trigger.inherit"), problems);
        }
    }

    private void CheckUses(BuilderConfiguration builder, IReadOnlyList<LockUse> uses, YamlNode? node, string path)
    {
        foreach (var ((at, where), i) in Nodes(node, path).Select((n, i) => (n, i)))
        {
            var use = uses[i];
            if (!locks.TryGetValue(use.Name, out var held))
            {
                if (Format.TextRules.Name(use.Name) is null)
                    problems.Add(at["name"] ?? at, where, $"There is no lock \"{use.Name}\".{Suggestion.DidYouMean(use.Name, locks.Keys)}");
                continue;
            }
            if (uses.Take(i).Any(u => u.Name == use.Name && Meet(u, use, builder)))
                problems.Add(at["name"] ?? at, where, $"The lock {use.Name} stands twice here: ask for all that is wanted of it at once.");
            if (use.Exclusive && at["units"] is { } units)
                problems.Add(units, $"{where}.units", "Exclusive is all of the lock: it has no units.");
            else if (PoolCheck.Complaint(held, use, at) is var (key, complaint))
                problems.Add(at[key] ?? at, key.Length == 0 ? where : $"{where}.{key}", complaint);
            else if (held.Pool.Count == 0 && Most(held, builder) is > 0 and var most && use.Units > most)
                problems.Add(at["units"] ?? at, where, $"{use.Units} units of {use.Name} were asked for, but it never has more than {most}{(held.Scope == LockScope.Worker ? " on a worker that this builder may use" : "")}: that could never start.");
        }
    }

    // Whoever holds something while he asks for his slot again could meet those in a circle who have it and ask for what he holds.
    private void CheckReleased(BuilderConfiguration builder, int step, TriggerStepConfiguration trigger, YamlNode node, string path)
    {
        if (!trigger.Wait)
            problems.Add(node, path, "Only a trigger with \"wait: true\" gives the build's place on its worker up: without it, the build goes on at once.");
        else if (LockOrder.HeldAt(builder, step).FirstOrDefault() is { } held)
            problems.Add(node, path, $"{builder.Name} holds {(SharedDirectories.Of(held.Name) is null ? held.Name : SharedDirectories.InWords(held.Name))} in this step: only who holds no lock and no shared directory may give up the place on his worker, since he asks for it again.");
    }

    // A list's, or the one that stands for a list.
    private static IEnumerable<(YamlNode Node, string Path)> Nodes(YamlNode? node, string path) => node switch
    {
        null or { IsNothing: true } => [],
        { Kind: YamlKind.List } => node.Items.Select((item, i) => (item, FormattableString.Invariant($"{path}[{i}]"))),
        _ => [(node, path)],
    };

    // Two runs of steps that do not overlap may ask for the same lock, each for itself.
    private static bool Meet(LockUse a, LockUse b, BuilderConfiguration builder) =>
        LockOrder.Span(a, builder) is not var (first, last) || LockOrder.Span(b, builder) is not var (from, to) || (from <= last && first <= to);

    private void CheckRuns(BuilderConfiguration builder, YamlNode? node, string path)
    {
        foreach (var (item, at) in Nodes(node, path).Where(n => n.Node.Kind == YamlKind.Map))
        {
            var known = true;
            foreach (var key in new[] { "from", "to" })
            {
                if (item.Text(key) is not { } name || builder.Steps.Any(s => s.Name == name))
                    continue;
                known = false;
                problems.Add(item[key]!, $"{at}.{key}", $"There is no step \"{name}\" in this builder.{Suggestion.DidYouMean(name, builder.Steps.Select(s => s.Name))}");
            }
            if (known && item.Text("from") is { } from && item.Text("to") is { } to && LockOrder.Place(from, builder) > LockOrder.Place(to, builder))
                problems.Add(item["to"]!, $"{at}.to", $"The step {to} comes before {from}: a run of steps begins with `from` and ends with `to`.");
        }
    }

    /// <summary>The largest capacity that a build of this builder can meet.</summary>
    private int Most(LockConfiguration held, BuilderConfiguration builder) => held.Scope == LockScope.All
        ? held.Capacity
        : model.Workers.Where(w => WorkerMatching.Matches(builder.Workers, w.Name, w.Tags)).SelectMany(w => LockCapacity.Possible(held, w.Name)).DefaultIfEmpty(held.Capacity).Max();

    private YamlNode PlaceOf(LockEdge edge)
    {
        var builder = sections.Find("builders", edge.Builder)!;
        var steps = builder["steps"]?.Items ?? [];
        return (edge.Step < steps.Count ? steps[edge.Step]["locks"] ?? steps[edge.Step]["shared"] : null) ?? builder["locks"] ?? builder;
    }
}
