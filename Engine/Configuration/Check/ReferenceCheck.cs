using System.Globalization;
using System.Text.RegularExpressions;
using Weir.Engine.Configuration.Format;
using Weir.Engine.Configuration.Reading;
using Weir.Engine.Configuration.Revisions;
using Weir.Shared.Configuration;

namespace Weir.Engine.Configuration.Check;

/// <summary>Checks that what a name refers to exists, and what the format cannot say: which keys exclude one another, which values fit together.</summary>
internal sealed class ReferenceCheck
{
    private readonly Sections sections;
    private readonly WeirConfiguration model;
    private readonly Dictionary<string, WorkerSelector> selectors;
    private readonly Problems problems;

    private ReferenceCheck(Sections sections, WeirConfiguration model, Problems problems)
    {
        this.sections = sections;
        this.model = model;
        selectors = model.Builders.ToDictionary(b => b.Name, b => b.Workers);
        this.problems = problems;
    }

    public static void Check(Sections sections, WeirConfiguration model, Problems problems)
    {
        var check = new ReferenceCheck(sections, model, problems);
        foreach (var codebase in sections.Codebases)
            check.Expect("project", codebase.Value, $"codebases.{codebase.Key.Text}", "project", "projects");
        foreach (var source in sections.ChangeSources)
            check.CheckSource(source.Value, $"changeSources.{source.Key.Text}");
        foreach (var scheduler in sections.Schedulers)
            check.CheckScheduler(scheduler.Value, $"schedulers.{scheduler.Key.Text}");
        foreach (var worker in sections.Workers)
        {
            check.RefuseBuiltIn(worker.Value, $"workers.{worker.Key.Text}");
            AvailabilityCheck.Check(worker.Value, $"workers.{worker.Key.Text}", problems);
        }
        foreach (var builder in sections.Builders)
            check.CheckBuilder(builder, $"builders.{builder.Key.Text}");
        check.CheckFormerNames();
    }

    // A history goes to one thing only, and not away from one that is there.
    private void CheckFormerNames()
    {
        var taken = new Dictionary<string, YamlNode>();
        foreach (var (section, thing) in Sections.Names.SelectMany(s => sections.All(s).Select(t => (s, t))))
        {
            if (thing.Value["was"] is not { Kind: YamlKind.Scalar, IsNothing: false } was)
                continue;
            var (path, one) = ($"{section}.{thing.Key.Text}.was", DifferenceWords.One(section));
            if (thing.Key.Text.Contains('*', StringComparison.Ordinal))
                problems.Add(was, path, "A pattern stands for any number of workers: only one with a name of its own was another before.");
            else if (sections.Find(section, was.Text) is { } here)
                problems.Add(was, path, $"There is a {one} \"{was.Text}\" at {here.Place}: a name is either still in use or was left.");
            else if (!taken.TryAdd($"{section} {was.Text}", was))
                problems.Add(was, path, $"Another {one} was \"{was.Text}\" too, at {taken[$"{section} {was.Text}"].Place}.");
        }
    }

    private void CheckScheduler(YamlNode node, string path)
    {
        RefuseBuiltIn(node, path);
        Expect("builders", node, path, "builder", "builders");
        Expect("codebases", node, path, "codebase", "codebases");
        if (node["changes"] is { Kind: YamlKind.Map } changes)
            CheckChanges(changes, $"{path}.changes", needsBranch: node.Text("type") == "single-branch");
        if (node.Text("type") is "nightly" or "periodic" && !node.Flag("onlyIfChanged", false) && (node.Find("changes") ?? node.Find("important")) is { } idle)
            problems.Add(idle.Key, $"{path}.{idle.Key.Text}", $"\"{idle.Key.Text}\" has no effect without \"onlyIfChanged: true\": the clock alone decides.");
        if (node.Text("type") == "force")
            CheckParameters(node["parameters"]?.Items ?? [], $"{path}.parameters");
    }

    private void CheckSource(YamlNode node, string path)
    {
        Expect("codebase", node, path, "codebase", "codebases");
        SecretCheck.Expect("secret", node, path, sections, problems);
        if (node.Text("type") == "webhook" && node["secret"] is null && node.Text("dialect") is { } dialect && dialect != "base")
            problems.Add(node, path, "The key \"secret\" is missing: the name of the secret that the forge signs with. Without one anybody could report changes.");
    }

    private void CheckChanges(YamlNode node, string path, bool needsBranch)
    {
        Expect("codebase", node, path, "codebase", "codebases");
        Expect("project", node, path, "project", "projects");
        if (node.Find("branch") is { } branch && node["branches"] is not null)
            problems.Add(branch.Key, $"{path}.branch", "Give \"branch\" or \"branches\", not both.");
        else if (needsBranch && node["branch"] is null && node["branches"] is null)
            problems.Add(node, path, "The key \"branch\" (or \"branches\") is missing: the branch whose changes are built.");
    }

    private void CheckParameters(IReadOnlyList<YamlNode> parameters, string path)
    {
        var seen = new Dictionary<string, YamlNode>();
        for (var i = 0; i < parameters.Count; i++)
        {
            var (node, at) = (parameters[i], FormattableString.Invariant($"{path}[{i}]"));
            if (node["name"] is { } name && !seen.TryAdd(name.Text, name))
                problems.Add(name, $"{at}.name", $"There are two parameters \"{name.Text}\": here and at {seen[name.Text].Place}.");
            if (node["name"] is { } given)
                RefuseBuiltIn([(given, $"{at}.name")]);
            CheckParameter(node, at);
        }
    }

    private void CheckParameter(YamlNode node, string path)
    {
        var type = node.Text("type") ?? "string";
        var choices = node.Texts("choices");
        if (type == "choice" && choices.Count == 0)
            problems.Add(node, path, "The key \"choices\" is missing: the values of a choice.");
        if (type != "choice" && node.Find("choices") is { } unused)
            problems.Add(unused.Key, $"{path}.choices", $"Only a parameter of type choice has choices; this one is of type {type}.");
        if (type is not ("string" or "text") && node.Find("pattern") is { } pattern)
            problems.Add(pattern.Key, $"{path}.pattern", $"Only parameters of type string and text have a pattern; this one is of type {type}.");
        if (node["default"] is { Kind: YamlKind.Scalar } given && WrongDefault(given.Text, type, choices, node.Text("pattern")) is { } wrong)
            problems.Add(given, $"{path}.default", wrong);
    }

    private static string? WrongDefault(string text, string type, IReadOnlyList<string> choices, string? pattern) => type switch
    {
        "int" when !long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _) => $"A whole number was expected, not \"{text}\".",
        "boolean" when text is not ("true" or "false") => $"True or false was expected, not \"{text}\".",
        "choice" when choices.Count > 0 && !choices.Contains(text) => $"\"{text}\" is none of the choices.{Suggestion.DidYouMean(text, choices)}",
        "string" when text.Contains('\n', StringComparison.Ordinal) => "A parameter of type string is one line; for more there is type text.",
        "string" or "text" when pattern is not null && TextRules.Pattern(pattern) is null && !Regex.IsMatch(text, pattern, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant, TimeSpan.FromMilliseconds(250)) => "The default does not match the pattern.",
        _ => null,
    };

    private void CheckBuilder(YamlEntry builder, string path)
    {
        Expect("project", builder.Value, path, "project", "projects");
        RefuseBuiltIn(builder.Value, path);
        CheckDeclarations(builder.Value, path);
        CheckWorkers(builder, path);
        var steps = builder.Value["steps"]?.Items ?? [];
        for (var i = 0; i < steps.Count; i++)
        {
            if (steps[i]["git"] is { } git)
                Expect("codebase", git, FormattableString.Invariant($"{path}.steps[{i}].git"), "codebase", "codebases");
        }
    }

    private void RefuseBuiltIn(IEnumerable<(YamlNode Name, string Path)> names)
    {
        foreach (var (name, path) in names.Where(n => ExpressionCheck.BuiltIn.Contains(n.Name.Text)))
            problems.Add(name, path, $"\"{name.Text}\" is a property that every build has; choose another name.");
    }

    private void RefuseBuiltIn(YamlNode map, string path) => RefuseBuiltIn(map.Map("properties").Select(e => (e.Key, $"{path}.properties.{e.Key.Text}")));

    private void CheckDeclarations(YamlNode builder, string path)
    {
        foreach (var entry in builder.Map("properties"))
        {
            var at = $"{path}.properties.{entry.Key.Text}";
            if (entry.Value["default"] is not { IsNothing: false } given)
                continue;
            if (entry.Value.Flag("required", false))
                problems.Add(given, $"{at}.default", "A required property needs no default: one of the two is without effect.");
            var expected = (entry.Value.Text("type") ?? "string", JsonScalar.ReadElement(given).ValueKind, given.Kind) switch
            {
                ("int", System.Text.Json.JsonValueKind.Number, _) when long.TryParse(given.Text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _) => null,
                ("int", _, _) => "A whole number",
                ("boolean", not (System.Text.Json.JsonValueKind.True or System.Text.Json.JsonValueKind.False), _) => "True or false",
                ("string", _, not YamlKind.Scalar) => "A text",
                _ => null,
            };
            if (expected is not null)
                problems.Add(given, $"{at}.default", $"{expected} was expected, not {given.Describe()}.");
        }
    }

    private void CheckWorkers(YamlEntry builder, string path)
    {
        var selector = selectors[builder.Key.Text];
        var node = builder.Value["workers"];
        var named = node?.TextNodes("names").ToList() ?? [];
        var unknown = named.Where(n => !model.Workers.Any(w => Meet(n.Node.Text, w.Name))).ToList();
        foreach (var (name, at) in unknown)
            problems.Add(name, $"{path}.workers.{at}", $"There is no worker \"{name.Text}\".{Suggestion.DidYouMean(name.Text, sections.Known("workers"))}");
        if (unknown.Count == 0 && named.Count == 0 && !model.Workers.Any(w => WorkerMatching.Matches(selector, w.Name, w.Tags)))
            problems.Add(node ?? builder.Key, node is null ? path : $"{path}.workers", selector.Tags.Count == 0
                ? "No worker is configured, so this could never be built. Add one under \"workers\"."
                : $"No configured worker has {(selector.Tags.Count == 1 ? "the tag" : "all the tags")} {string.Join(", ", selector.Tags)}, so this could never be built.{Suggestion.DidYouMean(selector.Tags[0], model.Workers.SelectMany(w => w.Tags).Except(selector.Tags))}");
    }

    /// <summary>Two names, either of which may be a pattern, can mean the same worker.</summary>
    private static bool Meet(string a, string b) => WorkerMatching.MatchesName(a, b) || WorkerMatching.MatchesName(b, a);

    private void Expect(string key, YamlNode map, string path, string what, string section)
    {
        foreach (var (node, at) in map.TextNodes(key))
        {
            if (sections.Find(section, node.Text) is null && (what == "worker" ? TextRules.WorkerName(node.Text) : TextRules.Name(node.Text)) is null)
                problems.Add(node, $"{path}.{at}", $"There is no {what} \"{node.Text}\".{Suggestion.DidYouMean(node.Text, sections.Known(section))}");
        }
    }
}
