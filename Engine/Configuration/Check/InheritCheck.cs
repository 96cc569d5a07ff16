using Weir.Engine.Configuration.Reading;
using Weir.Shared.Configuration;

namespace Weir.Engine.Configuration.Check;

/// <summary>Checks what a trigger lets the builds use that it waits for: that the build holds it over the step, and as much of it as they want.</summary>
internal static class InheritCheck
{
    public static void Check(WeirConfiguration model, BuilderConfiguration builder, int step, TriggerStepConfiguration trigger, YamlNode node, string path, Problems problems)
    {
        if (!trigger.Wait)
        {
            problems.Add(node, path, "Only a trigger with \"wait: true\" can let others use what the build holds: without it, the build goes on and may end before them.");
            return;
        }
        var names = node.Kind == YamlKind.List ? node.Items : [node];
        foreach (var (at, i) in names.Select((n, i) => (n, i)))
        {
            var where = node.Kind == YamlKind.List ? FormattableString.Invariant($"{path}[{i}]") : path;
            var all = SharedDirectories.AllLocks(model);
            if (all.FirstOrDefault(l => l.Name == at.Text || SharedDirectories.Of(l.Name) == at.Text) is not { } of)
                problems.Add(at, where, $"There is neither a lock nor a shared directory \"{at.Text}\".{Suggestion.DidYouMean(at.Text, all.Select(l => SharedDirectories.Of(l.Name) ?? l.Name))}");
            else if (Held(builder, step, of.Name) is not { } held)
                problems.Add(at, where, $"{builder.Name} does not hold {at.Text} in this step: only what it holds can it let others use.");
            else if (TooMuch(model, trigger, of, held) is var (writer, _) && SharedDirectories.Of(of.Name) is not null)
                problems.Add(at, where, $"A build of {writer} writes {at.Text}, but {builder.Name} only reads it: that could never start.");
            else if (TooMuch(model, trigger, of, held) is var (child, wanted))
                problems.Add(at, where, $"A build of {child} wants {(wanted.Exclusive ? "all" : FormattableString.Invariant($"{wanted.Units}{(held.Named ? "" : " units")}"))} of {at.Text}{PoolCheck.InWords(wanted.Labels)}, but {builder.Name} holds only {held.Units} of it{PoolCheck.InWords(held.Labels)}: that {(held.Named ? "may never be there" : "could never start")}.");
        }
    }

    private static LockUse? Held(BuilderConfiguration builder, int step, string name) => LockOrder.HeldAt(builder, step).FirstOrDefault(l => l.Name == name);

    private static (string Builder, LockUse Wanted)? TooMuch(WeirConfiguration model, TriggerStepConfiguration trigger, LockConfiguration of, LockUse held)
    {
        if (held.Exclusive)
            return null;
        foreach (var child in model.Builders.Where(b => trigger.Targets.Any(t => t.Builder == b.Name)))
        {
            if (child.Locks.Concat(child.Steps.SelectMany(s => s.Locks)).FirstOrDefault(l => l.Name == held.Name && (l.Exclusive || (of.Pool.Count == 0 ? l.Units > held.Units : !PoolCheck.IsSurelyIn(of, l, held)))) is { } wanted)
                return (child.Name, wanted);
        }
        return null;
    }
}
