using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Weir.Engine.Configuration.Expressions;
using Weir.Shared.Builds;
using Weir.Shared.Changes;
using Weir.Shared.Configuration;
using Weir.Shared.Protocol;

namespace Weir.Engine.Steps;

/// <summary>What a trigger step asks for when it begins: everything but the numbers that the store gives.</summary>
public sealed record TriggerOrder(string Scheduler, bool Wait, string Reason, IReadOnlyList<TriggerTarget> Targets, IReadOnlyList<TriggeredStamp> Stamps, IReadOnlyList<PropertyRecord> Properties)
{
    /// <summary>The first failure ends the rest.</summary>
    public bool FailFast { get; init; }

    /// <summary>Locks of which they may use what this build holds.</summary>
    public IReadOnlyList<string> Inherit { get; init; } = [];

    /// <summary>The build gives its slot up.</summary>
    public bool ReleasesSlot { get; init; }
}

/// <summary>A source stamp of what is triggered.</summary>
public sealed record TriggeredStamp(string Codebase, string? Project, string? Repository, string? Branch, string? Revision);

/// <summary>The buildset that a trigger step has made.</summary>
public sealed record TriggeredSet
{
    public long BuildsetId { get; init; }
    public int Requests { get; init; }
    public bool Complete { get; init; }
    public short? Results { get; init; }
}

/// <summary>Starts the builds of a triggerable scheduler. It has no command: what it does are rows, written with the transition that begins it.</summary>
public sealed class TriggerStep(TriggerStepConfiguration step) : StepWork
{
    /// <summary>Where its properties come from, as builds show it.</summary>
    public const string Source = "Trigger";

    public override string Doing => step.Wait ? $"waits for the builds of {step.Scheduler}" : $"starts the builds of {step.Scheduler}";

    /// <summary>The build has no slot while it waits.</summary>
    public bool ReleasesSlot => step.ReleasesSlot;

    public override CommandSpec? Next(StepContext context, IReadOnlyList<EndedFrame> ended) => null;

    public override StepOutcome Outcome(StepContext context, IReadOnlyList<EndedFrame> ended) => throw new System.Diagnostics.UnreachableException("A trigger step's outcome is that of its buildset.");

    /// <summary>What came of it; null: it waits still.</summary>
    public StepOutcome? Outcome(TriggeredSet? set) => set switch
    {
        null => new(BuildResult.Exception, $"nothing was started: the scheduler {step.Scheduler} is switched off, or none of its builders is there"),
        _ when !step.Wait => new(BuildResult.Success, $"started {Count(set)}") { Outputs = Outputs(set) },
        { Complete: true, Results: { } results } => new((BuildResult)results, $"{Count(set)} of {step.Scheduler}: {((BuildResult)results).Word()}") { Outputs = Outputs(set) },
        _ => null,
    };

    /// <exception cref="ExpressionException">An expression cannot be evaluated.</exception>
    public TriggerOrder Order(StepContext context, string builder, int number)
    {
        var reason = step.Reason ?? string.Create(CultureInfo.InvariantCulture, $"triggered by {builder} #{number}");
        return new(step.Scheduler, step.Wait, reason, step.Targets, Stamps(context), Properties(context, reason)) { FailFast = step.FailFast, Inherit = step.Inherit, ReleasesSlot = step.ReleasesSlot };
    }

    private static string Count(TriggeredSet set) => string.Create(CultureInfo.InvariantCulture, $"{set.Requests} {(set.Requests == 1 ? "build" : "builds")}");

    private static Dictionary<string, string> Outputs(TriggeredSet set) => new() { ["buildset"] = set.BuildsetId.ToString(CultureInfo.InvariantCulture) };

    // What this build has checked out is what the others build, unless the step says something else; a codebase that this build does not have is taken at its branch's head.
    private List<TriggeredStamp> Stamps(StepContext context)
    {
        var own = context.SourceStamps.ToDictionary(s => s.Codebase);
        var stamps = step.Codebases.Count == 0
            ? own.Values.Select(s => new TriggeredStamp(s.Codebase, s.Project, s.Repository, s.Branch, Got(context, s))).ToList()
            : step.Codebases.Select(c => own.TryGetValue(c.Name, out var s)
                ? new TriggeredStamp(c.Name, s.Project ?? c.Project, s.Repository ?? c.Repository, s.Branch ?? c.Branch, Got(context, s))
                : new TriggeredStamp(c.Name, c.Project, c.Repository, c.Branch, null)).ToList();
        return [.. stamps.Select(s => step.SourceStamps.TryGetValue(s.Codebase, out var asked) ? Asked(s, asked, context) : s)];
    }

    private static TriggeredStamp Asked(TriggeredStamp stamp, TriggerStamp asked, StepContext context)
    {
        var (branch, revision) = (Text(asked.Branch, context), Text(asked.Revision, context));
        return stamp with { Branch = branch ?? stamp.Branch, Revision = revision ?? (branch is null || branch == stamp.Branch ? stamp.Revision : null) };
    }

    private static string? Text(string? template, StepContext context) => template is null ? null : Template.Parse(template).Text(context.Expressions) is { Length: > 0 } text ? text : null;

    private static string? Got(StepContext context, SourceStampRecord stamp) =>
        context.Expressions.Contexts.GetValueOrDefault("properties")?["got_revision_" + stamp.Codebase.Replace('-', '_')] is JsonValue got && got.TryGetValue<string>(out var revision) ? revision : stamp.Revision;

    private List<PropertyRecord> Properties(StepContext context, string reason)
    {
        const string scheduler = "Scheduler";
        var all = new OrderedDictionary<string, PropertyRecord>();
        foreach (var (name, value) in step.SchedulerProperties)
            all[name] = new(name, value.GetRawText(), scheduler);
        all["scheduler"] = new("scheduler", JsonSerializer.Serialize(step.Scheduler), scheduler);
        all["reason"] = new("reason", JsonSerializer.Serialize(reason), scheduler);
        foreach (var (name, template) in step.Properties)
            all[name] = new(name, Template.Parse(template).Value(context.Expressions)?.ToJsonString() ?? "null", Source);
        return [.. all.Values];
    }
}
