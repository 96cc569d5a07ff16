using System.Text.Json.Nodes;
using Weir.Engine.Configuration.Expressions;
using Weir.Engine.Logs;
using Weir.Engine.Steps;
using Weir.Shared.Builds;
using Weir.Shared.Configuration;
using Weir.Shared.Protocol;

namespace Weir.Engine.Builds;

/// <summary>An open build as its runner holds it. Everything in it stands in the store as well (invariant 2).</summary>
internal sealed class BuildState
{
    public required long BuildId { get; init; }
    public required long BuilderId { get; init; }
    public required long RequestId { get; init; }
    public required long BuildsetId { get; init; }
    public required long WorkerId { get; init; }
    public required int Number { get; init; }
    public required long Epoch { get; init; }
    public required BuildPlan Plan { get; init; }
    public required Dictionary<string, PropertyRecord> Properties { get; init; }
    public List<StepState> Steps { get; init; } = [];
    public StopWish? Stop { get; set; }

    /// <summary>What it holds for steps, or waits for with the one that has begun. What it holds to its end is not here: nobody has to free it.</summary>
    public List<StepLock> StepLocks { get; init; } = [];

    /// <summary>Which of the named things behind its locks it was given.</summary>
    public List<GivenNames> Given { get; init; } = [];

    /// <summary>The step that has begun and not ended.</summary>
    public StepState? Current => Steps.Count > 0 && Steps[^1].Results is null ? Steps[^1] : null;

    private IEnumerable<(StepConfiguration, BuildResult)> Ended => Steps.Where(s => s.Results is not null).Select(s => (s.Configuration, s.Results!.Value));

    public bool Halted => Stop is not null || Ended.Any(s => ResultRules.Halts(s.Item1, s.Item2));

    /// <summary>Whether another step may run when this one has ended so.</summary>
    public bool MayRunAfter(StepState step, BuildResult results)
    {
        var later = Plan.Builder.Steps.Skip(step.Number + 1);
        return Halted || ResultRules.Halts(step.Configuration, results) ? later.Any(StepCondition.MayRunHalted) : later.Any();
    }

    /// <summary>A command's fate is not known: the build is over, and will be tried again.</summary>
    public bool Lost => Steps.Any(s => s.Results == BuildResult.Retry && s.Commands is [.., { Ended.Kind: EndKind.Lost }]);

    public BuildResult Result
    {
        get
        {
            var total = ResultRules.Total(Ended);
            return Stop switch { null => total, { Again: true } => BuildResult.Retry, _ => BuildResults.Worst(total, BuildResult.Cancelled) };
        }
    }

    /// <summary>The build in a few words, from its worst step.</summary>
    public string Summary => Result switch
    {
        BuildResult.Success => "build successful",
        BuildResult.Retry when Stop is { Again: true } stop => Interrupted(stop),
        BuildResult.Cancelled when Stop is { } stop => $"stopped by {stop.By}{(stop.Reason is { Length: > 0 } why ? ": " + why : "")}",
        var result when Steps.FirstOrDefault(s => s.Results is { } r && ResultRules.Contribution(s.Configuration, r) == result) is { } step => $"{Verb(result)} {step.Configuration.Name}: {step.StateText}",
        var result => result.Word(),
    };

    public static string Interrupted(StopWish stop) => $"interrupted: {stop.Reason}";

    private static string Verb(BuildResult result) => result switch
    {
        BuildResult.Warnings => "warnings in",
        BuildResult.Failure => "failed",
        BuildResult.Exception => "exception in",
        BuildResult.Retry => "lost",
        _ => result.Word(),
    };

    public StepContext Context() => new()
    {
        Directory = Plan.Directory,
        BuilderEnv = Plan.Builder.Env,
        SourceStamps = Plan.SourceStamps,
        Given = Given.Where(g => g.Until is null || g.Until >= (Current?.Number ?? Steps.Count)).ToDictionary(g => g.Variable, g => g.Text),
        Expressions = new EvaluationContext { Contexts = BuildContexts.Of(this), ResultSoFar = ResultRules.Total(Ended), Stopped = Stop is not null },
    };
}

/// <summary>A step that has begun, or whose turn has passed.</summary>
internal sealed class StepState(int number, StepConfiguration configuration)
{
    /// <summary>Its row; 0 until the transition that begins it is stored, and for steps that this engine passed over.</summary>
    public long Id { get; set; }
    public int Number => number;
    public StepConfiguration Configuration => configuration;
    public BuildResult? Results { get; set; }
    public string StateText { get; set; } = "";
    public IReadOnlyDictionary<string, string> Outputs { get; set; } = new Dictionary<string, string>();
    public List<CommandState> Commands { get; } = [];
    public LogFile? Log { get; set; }

    /// <summary>Its other logs by name: files that it follows, its warnings.</summary>
    public Dictionary<string, LogFile> OtherLogs { get; init; } = [];

    /// <summary>It has begun and waits for its locks; nothing of it runs yet.</summary>
    public bool WaitsForLocks { get; set; }

    /// <summary>What it asked for when it began.</summary>
    public IReadOnlyList<StepLock> Asked { get; set; } = [];

    /// <summary>The store said, when the build was read, that it has its locks.</summary>
    public bool LocksGranted { get; set; }

    /// <summary>It began after the wish to stop: cleaning up, which the wish does not end.</summary>
    public bool AfterStop { get; init; }
}

/// <summary>A lock that a step holds, or a run of steps until the one with this number.</summary>
/// <param name="Name">The lock.</param>
/// <param name="Units">How many units, or named things.</param>
/// <param name="Exclusive">All of it.</param>
/// <param name="Until">The number of the last step.</param>
/// <param name="Labels">Of named things: what each must have, with commas between, so that equal wishes are equal.</param>
internal sealed record StepLock(string Name, int Units, bool Exclusive, int Until, string Labels = "")
{
    public IReadOnlyList<string> AllLabels => Labels.Length == 0 ? [] : Labels.Split(',');

    private static StepLock Of(LockUse use, int until) => new(use.Name, use.Units, use.Exclusive, until, string.Join(',', use.Labels));

    /// <summary>What a build has to have when this step begins and does not hold yet: the step's own, and those of runs of steps that it stands in.</summary>
    public static IReadOnlyList<StepLock> Missing(BuildState build, int step)
    {
        var builder = build.Plan.Builder;
        var own = builder.Steps[step].Locks.Select(l => Of(l, step));
        var runs = builder.Locks.Where(l => l.From is not null).Select(l => (Use: l, First: Place(l.From!), Last: Place(l.To!))).Where(l => l.First <= step && step <= l.Last)
            .Select(l => Of(l.Use, l.Last));
        return [.. own.Concat(runs).Except(build.StepLocks)];

        int Place(string name) => builder.Steps.Index().First(s => s.Item.Name == name).Index;
    }
}

/// <summary>Which of the named things behind a lock a build has; for so many of its steps, or to its end.</summary>
internal sealed record GivenNames(string Lock, int? Until, IReadOnlyList<string> Names)
{
    /// <summary>Where such a property comes from, as builds show it.</summary>
    public const string Source = "Lock";

    public string Text => string.Join(',', Names);
    public string Variable => "WEIR_LOCK_" + Lock.Replace('-', '_').ToUpperInvariant();
    public PropertyRecord Property => new("lock_" + Lock.Replace('-', '_'), System.Text.Json.JsonSerializer.Serialize(Text), Source);
}

/// <summary>A command of a step.</summary>
internal sealed record CommandState(long Id, int Ordinal, CommandSpec Spec, long Applied)
{
    public EndedFrame? Ended { get; set; }
}

/// <summary>Who wished the build to stop, and why.</summary>
/// <param name="By">Who.</param>
/// <param name="Reason">Why.</param>
/// <param name="Again">Its request is queued again, and the attempt does not count.</param>
internal sealed record StopWish(string By, string? Reason, bool Again = false);

/// <summary>The contexts of expressions, from a build's state.</summary>
internal static class BuildContexts
{
    public static IReadOnlyDictionary<string, JsonNode?> Of(BuildState state)
    {
        var plan = state.Plan;
        return new Dictionary<string, JsonNode?>
        {
            ["properties"] = Object(state.Properties.Values.Select(p => (p.Name, JsonNode.Parse(p.Value)))),
            ["sourceStamps"] = Object(plan.SourceStamps.Select(s => (s.Codebase, (JsonNode?)new JsonObject
            {
                ["codebase"] = s.Codebase,
                ["branch"] = s.Branch,
                ["revision"] = s.Revision,
                ["repository"] = s.Repository,
                ["project"] = s.Project,
            }))),
            ["changes"] = new JsonArray([.. plan.Changes.Select(c => (JsonNode)new JsonObject
            {
                ["author"] = c.Author,
                ["branch"] = c.Branch,
                ["revision"] = c.Revision,
                ["codebase"] = c.Codebase,
                ["comments"] = c.Comments,
                ["files"] = new JsonArray([.. c.Files.Select(f => (JsonNode)f)]),
            })]),
            ["build"] = new JsonObject { ["id"] = state.BuildId, ["number"] = state.Number, ["attempt"] = plan.Attempt },
            ["builder"] = new JsonObject { ["name"] = plan.Builder.Name, ["project"] = plan.Builder.Project, ["tags"] = new JsonArray([.. plan.Builder.Tags.Select(t => (JsonNode)t)]) },
            ["buildset"] = new JsonObject { ["id"] = plan.Buildset.Id, ["reason"] = plan.Buildset.Reason, ["scheduler"] = plan.Buildset.Scheduler },
            ["worker"] = new JsonObject { ["name"] = plan.Worker.Name, ["tags"] = new JsonArray([.. plan.Worker.Tags.Select(t => (JsonNode)t)]) },
            ["steps"] = Object(state.Steps.Where(s => s.Results is not null).Select(s => (s.Configuration.Name, (JsonNode?)new JsonObject
            {
                ["result"] = s.Results!.Value.Word(),
                ["outputs"] = Object(s.Outputs.Select(o => (o.Key, (JsonNode?)o.Value))),
            }))),
        };
    }

    private static JsonObject Object(IEnumerable<(string Name, JsonNode? Value)> members)
    {
        var made = new JsonObject();
        foreach (var (name, value) in members)
            made[name] = value;
        return made;
    }
}
