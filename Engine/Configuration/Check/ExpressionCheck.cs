using Weir.Engine.Configuration.Expressions;
using Weir.Engine.Configuration.Format;
using Weir.Engine.Configuration.Reading;
using Weir.Shared.Configuration;

namespace Weir.Engine.Configuration.Check;

/// <summary>
/// Checks every expression of every builder: that it can be read, that its contexts have a value where it stands, that the properties, steps and codebases it names exist,
/// and that a shell text can take its value.
/// </summary>
internal sealed class ExpressionCheck
{
    /// <summary>Properties that every build has.</summary>
    public static IReadOnlySet<string> BuiltIn { get; } = new HashSet<string>
    {
        "branch", "revision", "repository", "codebase", "project", "buildername", "buildnumber", "workername", "scheduler", "reason", "owner", "got_revision", "builddir", "basedir",
    };

    private readonly Sections sections;
    private readonly Problems problems;
    private readonly HashSet<string> properties;
    private readonly HashSet<string> steps = [];

    private ExpressionCheck(Sections sections, Problems problems, HashSet<string> properties)
    {
        this.sections = sections;
        this.problems = problems;
        this.properties = properties;
    }

    public static void Check(Sections sections, WeirConfiguration model, Problems problems)
    {
        var models = model.Builders.ToDictionary(b => b.Name);
        var fromSchedulers = model.Schedulers
            .SelectMany(s => s.Builders.Select(b => (Builder: b, Names: s.Properties.Keys.Concat((s as ForceConfiguration)?.Parameters.Select(p => p.Name) ?? []))))
            .Concat(model.Builders.SelectMany(b => b.Steps).OfType<TriggerStepConfiguration>().SelectMany(t => t.Targets.Select(to => (to.Builder, Names: t.Properties.Keys))))
            .ToLookup(s => s.Builder, s => s.Names);
        foreach (var builder in sections.Builders)
        {
            var bound = models[builder.Key.Text];
            var fromWorkers = model.Workers.Where(w => w.Properties.Count > 0 && (WorkerMatching.Matches(bound.Workers, w.Name, w.Tags) || w.Name.Contains('*', StringComparison.Ordinal))).SelectMany(w => w.Properties.Keys);
            new ExpressionCheck(sections, problems, [.. BuiltIn, .. bound.Properties.Select(p => p.Name), .. fromSchedulers[bound.Name].SelectMany(n => n), .. fromWorkers, .. bound.Steps.OfType<GitStepConfiguration>().Select(s => "got_revision_" + s.Codebase.Replace('-', '_'))])
                .CheckBuilder(builder.Value, bound, $"builders.{bound.Name}");
        }
    }

    private void CheckBuilder(YamlNode node, BuilderConfiguration bound, string path)
    {
        CheckEnv(node, path, ExpressionContexts.OfBuilderVariables);
        var stepNodes = (node["steps"]?.Items ?? []).ToList();
        var names = new Queue<string>(bound.Steps.Select(s => s.Name));
        for (var i = 0; i < stepNodes.Count; i++)
        {
            CheckStep(stepNodes[i], FormattableString.Invariant($"{path}.steps[{i}]"));
            if (ConfigurationFormat.Steps.KindOf(stepNodes[i]) is not null && names.TryDequeue(out var name))
                steps.Add(name);
            properties.UnionWith(stepNodes[i].Map("set").Select(e => e.Key.Text));
            if (stepNodes[i]["warnings"] is not null)
                properties.Add(WarningConfiguration.TotalProperty);
        }
    }

    private void CheckStep(YamlNode step, string path)
    {
        if (step["if"] is { Kind: YamlKind.Scalar, IsNothing: false } condition)
            CheckCondition(condition, $"{path}.if");
        CheckEnv(step, path, ExpressionContexts.OfStepVariables);
        if (step["workdir"] is { Kind: YamlKind.Scalar } workdir)
            CheckTemplate(workdir, $"{path}.workdir", ExpressionContexts.OfSteps);
        foreach (var log in step.Map("logs").Where(e => e.Value.Kind == YamlKind.Scalar))
            CheckTemplate(log.Value, $"{path}.logs.{log.Key.Text}", ExpressionContexts.OfSteps);
        CheckCommand(step, path);
        if (step["trigger"] is { Kind: YamlKind.Map } trigger)
        {
            foreach (var entry in trigger.Map("properties").Where(e => e.Value.Kind == YamlKind.Scalar))
                CheckTemplate(entry.Value, $"{path}.trigger.properties.{entry.Key.Text}", ExpressionContexts.OfSteps);
            foreach (var (stamp, entry) in trigger.Map("sourceStamps").SelectMany(s => s.Value.Entries.Where(e => e.Value.Kind == YamlKind.Scalar).Select(e => (s.Key.Text, e))))
                CheckTemplate(entry.Value, $"{path}.trigger.sourceStamps.{stamp}.{entry.Key.Text}", ExpressionContexts.OfSteps);
        }
        foreach (var entry in step.Map("set"))
        {
            var at = $"{path}.set.{entry.Key.Text}";
            if (entry.Value.Kind == YamlKind.Map)
                CheckCommand(entry.Value, at);
            else if (entry.Value.Kind == YamlKind.Scalar)
                CheckTemplate(entry.Value, at, ExpressionContexts.OfSteps);
        }
    }

    private void CheckCommand(YamlNode map, string path)
    {
        if (map["run"] is not { } command)
            return;
        var words = new List<string>();
        foreach (var (node, at) in map.TextNodes("run"))
        {
            var template = CheckTemplate(node, $"{path}.{at}", command.Kind == YamlKind.Scalar ? ExpressionContexts.OfStepVariables : ExpressionContexts.OfSteps);
            if (template is not null && command.Kind == YamlKind.Scalar)
            {
                foreach (var (offset, message) in template.ShellProblems)
                    problems.Add(node, offset, $"{path}.run", message);
            }
            else if (template is { HasExpressions: true } && ShellScanner.IsProgramText(words))
            {
                problems.Add(node, $"{path}.{at}", ShellPlace.Program.Refusal!);
            }
            words.Add(node.Text);
        }
        if (command is { Kind: YamlKind.Scalar, IsNothing: false } && string.IsNullOrWhiteSpace(command.Text))
            problems.Add(command, $"{path}.run", "The command is empty.");
    }

    private void CheckEnv(YamlNode map, string path, IReadOnlyList<string> contexts)
    {
        foreach (var entry in map.Map("env").Where(e => e.Value.Kind == YamlKind.Scalar))
            CheckTemplate(entry.Value, $"{path}.env.{entry.Key.Text}", contexts);
    }

    private void CheckCondition(YamlNode node, string path)
    {
        var (text, start) = Condition.Unwrap(node.Text);
        try
        {
            CheckReferences(node, path, Expression.Parse(text).References, start, ExpressionContexts.OfSteps);
        }
        catch (ExpressionException e)
        {
            problems.Add(node, e.Offset + start, path, e.Message);
        }
    }

    private Template? CheckTemplate(YamlNode node, string path, IReadOnlyList<string> contexts)
    {
        try
        {
            var template = Template.Parse(node.Text);
            CheckReferences(node, path, template.References, 0, contexts);
            foreach (var (_, offset) in template.Placed.Where(p => p.Expression.Secret is null && p.Expression.References.Any(r => r.Context == ExpressionContexts.Secrets) && contexts.Contains(ExpressionContexts.Secrets)))
                problems.Add(node, offset, path, "A secret stands alone in its ${{ }}, as ${{ secrets.NAME }}: no function or operator sees its value. (Other text may stand around it.)");
            return template;
        }
        catch (ExpressionException e)
        {
            problems.Add(node, e.Offset, path, e.Message);
            return null;
        }
    }

    private void CheckReferences(YamlNode node, string path, IEnumerable<ContextReference> references, int start, IReadOnlyList<string> contexts)
    {
        foreach (var reference in references)
        {
            if ((ExpressionContexts.Refusal(reference.Context, contexts) ?? Unknown(reference)) is { } complaint)
                problems.Add(node, reference.Offset + start, path, complaint);
        }
    }

    private string? Unknown(ContextReference reference) => (reference.Context, reference.Path) switch
    {
        ("properties", [var name, ..]) when !properties.Contains(name) =>
            $"No property \"{name}\" is known here.{Suggestion.DidYouMean(name, properties)} Properties are declared under the builder's \"properties\", given by a scheduler or a worker, or set by an earlier step.",
        ("steps", [var name, ..]) when !steps.Contains(name) => $"No earlier step is named \"{name}\".{Suggestion.DidYouMean(name, steps)}",
        ("secrets", [var name]) => TextRules.SecretName(name) ?? SecretCheck.WithoutSources(sections, name),
        ("sourceStamps", [var name, ..]) when sections.Find("codebases", name) is null => $"There is no codebase \"{name}\".{Suggestion.DidYouMean(name, sections.Known("codebases"))}",
        _ => null,
    };
}
