using Weir.Engine.Configuration.Reading;
using Weir.Shared.Configuration;

namespace Weir.Engine.Configuration.Check;

/// <summary>Makes a trigger step, with what its scheduler starts: the plan of a build that runs looks nothing up in later configurations (invariant 5).</summary>
internal static class TriggerBinding
{
    public static TriggerStepConfiguration Bind(YamlNode step, string? name, Sections sections)
    {
        var node = step["trigger"]!;
        var scheduler = node.Text("scheduler") ?? "";
        var target = sections.Find("schedulers", scheduler);
        var builders = target?.Texts("builders").Distinct().ToArray() ?? [];
        return new()
        {
            Name = name ?? (scheduler.Length > 0 ? "trigger " + scheduler : "trigger"),
            Scheduler = scheduler,
            Wait = node.Flag("wait", false),
            Properties = node.Map("properties").ToDictionary(p => p.Key.Text, p => StepBinding.Value(p.Value)),
            SourceStamps = node.Map("sourceStamps").ToDictionary(s => s.Key.Text, s => new TriggerStamp(s.Value.Text("branch"), s.Value.Text("revision"))),
            Targets = [.. builders.Select(b => new TriggerTarget(b, (target?.Number("priority", 0) ?? 0) + (sections.Find("builders", b)?.Number("priority", 0) ?? 0)))],
            Codebases = [.. Codebases(target, builders, sections).Distinct().Select(c => Codebase(c, sections))],
            SchedulerProperties = target?.Values("properties") ?? new Dictionary<string, System.Text.Json.JsonElement>(),
            Reason = target?.Text("reason"),
            Inherit = [.. node.Texts("inherit").Distinct().Select(n => Held(n, sections))],
            ReleasesSlot = node.Text("release") == "worker",
            FailFast = node.Flag("failFast", target?.Flag("failFast", false) ?? false),
        };
    }

    // A lock, or else the one that stands for a shared directory of that name.
    private static string Held(string name, Sections sections) => sections.Find("locks", name) is null && sections.Find("sharedDirectories", name) is not null ? SharedDirectories.Lock(name) : name;

    // Those that the scheduler names, or those that its builders check out.
    private static IEnumerable<string> Codebases(YamlNode? scheduler, string[] builders, Sections sections) => scheduler?.Texts("codebases") is { Count: > 0 } named
        ? named
        : builders.SelectMany(b => sections.Find("builders", b)?["steps"]?.Items ?? []).Select(s => s["git"]?.Text("codebase")).OfType<string>();

    private static CodebaseConfiguration Codebase(string name, Sections sections)
    {
        var node = sections.Find("codebases", name);
        return new() { Name = name, Repository = node?.Text("repository") ?? "", Branch = node?.Text("branch") ?? "main", Project = node?.Text("project") };
    }
}
