using Weir.Engine.Queue;
using Weir.Shared.Changes;
using Weir.Shared.Configuration;
using Weir.Shared.Schedulers;

namespace Weir.Engine.Schedulers;

/// <summary>
/// Decides the source stamps of a buildset, one for each codebase: what was asked for, else the newest change's revision, else the newest known revision of the default
/// branch, else that branch's head at the time of the checkout. Pure.
/// </summary>
internal static class SourceStamps
{
    /// <summary>The codebases that a scheduler's buildsets carry: those it names, or those its builders check out.</summary>
    public static IReadOnlyList<string> Codebases(WeirConfiguration model, SchedulerConfiguration scheduler)
    {
        if (scheduler.Codebases.Count > 0)
            return scheduler.Codebases;
        var builders = scheduler.Builders.ToHashSet();
        var used = model.Builders.Where(b => builders.Contains(b.Name)).SelectMany(b => b.Steps).OfType<GitStepConfiguration>().Select(s => s.Codebase).ToHashSet();
        return [.. model.Codebases.Select(c => c.Name).Where(used.Contains)];
    }

    /// <summary>The branches of which the newest known revision is needed.</summary>
    public static IReadOnlyCollection<(string Codebase, string Branch)> Unsettled(
        WeirConfiguration model, SchedulerConfiguration scheduler, IReadOnlyList<ChangeRecord> changes, IReadOnlyDictionary<string, ForceStamp> asked)
    {
        var changed = changes.Select(c => c.Codebase).ToHashSet();
        return [.. Codebases(model, scheduler).Where(name => !changed.Contains(name) && string.IsNullOrEmpty(asked.GetValueOrDefault(name)?.Revision)).Select(name => (name, Branch(model, name, asked)))];
    }

    public static IReadOnlyList<NewSourceStamp> For(
        WeirConfiguration model, SchedulerConfiguration scheduler, IReadOnlyList<ChangeRecord> changes, IReadOnlyDictionary<string, ForceStamp> asked, IReadOnlyList<KnownHead> heads)
    {
        var newest = changes.GroupBy(c => c.Codebase ?? "").ToDictionary(g => g.Key, g => g.MaxBy(c => c.Id)!);
        var names = Codebases(model, scheduler);
        return
        [
            .. names.Select(name => newest.TryGetValue(name, out var change) ? OfChange(model, change) : OfBranch(model, name, asked, heads)),
            .. newest.Where(n => !names.Contains(n.Key)).Select(n => OfChange(model, n.Value)),
        ];
    }

    private static NewSourceStamp OfChange(WeirConfiguration model, ChangeRecord change)
    {
        var codebase = model.Codebases.FirstOrDefault(c => c.Name == change.Codebase);
        return new(change.Codebase ?? "", change.Project ?? codebase?.Project, codebase?.Repository ?? change.Repository, change.Branch ?? codebase?.Branch, change.Revision);
    }

    private static NewSourceStamp OfBranch(WeirConfiguration model, string name, IReadOnlyDictionary<string, ForceStamp> asked, IReadOnlyList<KnownHead> heads)
    {
        var codebase = model.Codebases.First(c => c.Name == name);
        var branch = Branch(model, name, asked);
        var known = heads.FirstOrDefault(h => h.Codebase == name && h.Branch == branch);
        // Of a branch that somebody asked for by name and nobody watches, an old change says nothing: the checkout takes its head.
        var revision = asked.GetValueOrDefault(name)?.Revision is { Length: > 0 } given ? given : known is { Polled: true } || branch == codebase.Branch ? known?.Revision : null;
        return new(name, codebase.Project, codebase.Repository, branch, revision);
    }

    private static string Branch(WeirConfiguration model, string codebase, IReadOnlyDictionary<string, ForceStamp> asked) =>
        asked.GetValueOrDefault(codebase)?.Branch is { Length: > 0 } branch ? branch : model.Codebases.First(c => c.Name == codebase).Branch;
}
