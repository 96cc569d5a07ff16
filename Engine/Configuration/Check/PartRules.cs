using Weir.Engine.Configuration.Expressions;
using Weir.Engine.Configuration.Reading;
using Weir.Engine.Configuration.Revisions;
using Weir.Shared.Configuration;

namespace Weir.Engine.Configuration.Check;

/// <summary>
/// What parts out of repositories may do: define names that begin with their prefix, and use of what others define only what the admin allows (<c>may</c>). What is its own a part may use as it likes.
/// </summary>
internal sealed class PartRules
{
    private static readonly string[] OfAdmins = ["title", "url", "secrets", "parts"];

    private readonly PartConfiguration part;
    private readonly Sections sections;
    private readonly Problems problems;

    private PartRules(PartConfiguration part, Sections sections, Problems problems)
    {
        this.part = part;
        this.sections = sections;
        this.problems = problems;
    }

    public static void Check(IReadOnlyList<YamlNode> roots, Sections sections, WeirConfiguration model, Problems problems)
    {
        foreach (var root in roots.Where(r => r.Source.From is not null))
        {
            if (model.Parts.FirstOrDefault(p => p.Name == root.Source.From) is { } part)
                new PartRules(part, sections, problems).Check(root);
        }
    }

    private void Check(YamlNode root)
    {
        foreach (var key in OfAdmins)
        {
            if (root.Find(key) is { } entry)
                problems.Add(entry.Key, key, $"\"{key}\" is the admin's: a part out of a repository cannot say it.");
        }
        foreach (var section in Sections.Names)
        {
            foreach (var entry in root.Map(section).Where(e => !e.Key.Text.StartsWith(part.Prefix, StringComparison.Ordinal)))
                problems.Add(entry.Key, $"{section}.{entry.Key.Text}", $"Names of the part \"{part.Name}\" begin with \"{part.Prefix}\": call it \"{part.Prefix}{entry.Key.Text}\".");
            foreach (var entry in root.Map(section))
                CheckFormerName(section, entry.Value, $"{section}.{entry.Key.Text}");
        }
        foreach (var codebase in root.Map("codebases"))
            CheckCodebase(codebase.Value, $"codebases.{codebase.Key.Text}");
        foreach (var source in root.Map("changeSources"))
        {
            Use(source.Value, "codebase", $"changeSources.{source.Key.Text}", UseCodebase);
            Use(source.Value, "secret", $"changeSources.{source.Key.Text}", UseSecret);
        }
        foreach (var scheduler in root.Map("schedulers"))
        {
            Use(scheduler.Value, "builders", $"schedulers.{scheduler.Key.Text}", UseBuilder);
            Use(scheduler.Value, "codebases", $"schedulers.{scheduler.Key.Text}", UseCodebase);
        }
        foreach (var builder in root.Map("builders"))
            CheckBuilder(builder.Value, $"builders.{builder.Key.Text}");
    }

    // It takes no history of others.
    private void CheckFormerName(string section, YamlNode node, string path) => Use(node, "was", path, (name, at, where) =>
    {
        if (!name.StartsWith(part.Prefix, StringComparison.Ordinal))
            problems.Add(at, where, $"The {DifferenceWords.One(section)} \"{name}\" was none of the part \"{part.Name}\".");
    });

    private void CheckCodebase(YamlNode node, string path)
    {
        Use(node, "project", path, UseProject);
        Use(node, "sshKey", path, UseSecret);
        Use(node, "token", path, UseSecret);
    }

    private void CheckBuilder(YamlNode node, string path)
    {
        Use(node, "project", path, UseProject);
        CheckWorkers(node, $"{path}.workers");
        Locks(node, path);
        foreach (var (step, i) in (node["steps"]?.Items ?? []).Select((s, i) => (s, i)))
        {
            var at = FormattableString.Invariant($"{path}.steps[{i}]");
            Locks(step, at);
            foreach (var name in step.Map("shared").Select(d => d.Key))
                Refuse(IsOwn("sharedDirectories", name.Text) || part.May.SharedDirectories.Contains(name.Text), "shared directory", name.Text, "sharedDirectories", part.May.SharedDirectories, name, $"{at}.shared");
            if (step["git"] is { } git)
                Use(git, "codebase", $"{at}.git", UseCodebase);
            if (step["trigger"] is { } trigger)
                Use(trigger, "scheduler", $"{at}.trigger", UseScheduler);
        }
        foreach (var scalar in Scalars(node).Where(s => s.Text.Contains("${{", StringComparison.Ordinal)))
            Secrets(scalar, path);
    }

    private void CheckWorkers(YamlNode node, string path)
    {
        if (part.May.Workers.Contains("*"))
            return;
        var workers = node["workers"];
        if (workers is null || workers.Texts("names").Count == 0 || workers.Texts("tags").Count > 0)
            problems.Add(workers ?? node, path, $"A builder of the part \"{part.Name}\" says under \"names\" which workers it uses: {Allowed("workers", part.May.Workers)} (Tags, or none of both, could mean any other.)");
        else // A name may be one that an entry's pattern matches, or a pattern itself: by its beginning it is the part's or another's.
            Use(workers, "names", path, (name, at, where) => Refuse(name.StartsWith(part.Prefix, StringComparison.Ordinal) || Permits(part.May.Workers, name), "worker", name, "workers", part.May.Workers, at, where));
    }

    private void Locks(YamlNode node, string path)
    {
        IReadOnlyList<YamlNode> uses = node["locks"] is not { } locks ? [] : locks.Kind == YamlKind.List ? locks.Items : [locks];
        foreach (var use in uses)
        {
            var name = use.Kind == YamlKind.Map ? use["name"] : use;
            if (name is { Kind: YamlKind.Scalar })
                Refuse(IsOwn("locks", name.Text) || part.May.Locks.Contains(name.Text), "lock", name.Text, "locks", part.May.Locks, name, $"{path}.locks");
        }
    }

    private void UseProject(string name, YamlNode at, string path) => Refuse(IsOwn("projects", name) || part.May.Projects.Contains(name), "project", name, "projects", part.May.Projects, at, path);

    private void UseSecret(string name, YamlNode at, string path) => Refuse(part.May.Secrets.Contains(name), "secret", name, "secrets", part.May.Secrets, at, path);

    private void UseBuilder(string name, YamlNode at, string path) => Refuse(IsOwn("builders", name) || Permits(part.May.Builders, name), "builder", name, "builders", part.May.Builders, at, path);

    // Whose builders it starts, those it needs to be allowed.
    private void UseScheduler(string name, YamlNode at, string path)
    {
        if (!IsOwn("schedulers", name))
        {
            foreach (var builder in sections.Find("schedulers", name)?.Texts("builders") ?? [])
                UseBuilder(builder, at, path);
        }
    }

    // A codebase brings the secrets with which it is reached.
    private void UseCodebase(string name, YamlNode at, string path)
    {
        if (IsOwn("codebases", name) || sections.Find("codebases", name) is not { } codebase)
            return;
        foreach (var secret in new[] { codebase.Text("sshKey"), codebase.Text("token") }.OfType<string>())
            Refuse(part.May.Secrets.Contains(secret), $"codebase \"{name}\", which is reached with the secret", secret, "secrets", part.May.Secrets, at, path);
    }

    private void Secrets(YamlNode scalar, string path)
    {
        try
        {
            foreach (var (expression, offset) in Template.Parse(scalar.Text).Placed)
            {
                if (expression.Secret is { } secret && !part.May.Secrets.Contains(secret))
                    problems.Add(scalar, offset, path, Sentence("secret", secret, "secrets", part.May.Secrets));
            }
        }
        catch (ExpressionException)
        {
            // Its own complaint is made where expressions are checked.
        }
    }

    private static void Use(YamlNode map, string key, string path, Action<string, YamlNode, string> use)
    {
        foreach (var (node, at) in map.TextNodes(key))
            use(node.Text, node, $"{path}.{at}");
    }

    private void Refuse(bool allowed, string what, string name, string key, IReadOnlyList<string> may, YamlNode at, string path)
    {
        if (!allowed)
            problems.Add(at, path, Sentence(what, name, key, may));
    }

    private string Sentence(string what, string name, string key, IReadOnlyList<string> may) => $"The part \"{part.Name}\" may not use the {what} \"{name}\": {Allowed(key, may)}";

    private string Allowed(string key, IReadOnlyList<string> may) => $"{(may.Count == 0 ? $"the admin allows it no {key} of others" : $"the admin allows it {string.Join(", ", may)}")} (parts.{part.Name}.may.{key}).";

    // Defined in a file of this part. What is defined nowhere is complained about elsewhere.
    private bool IsOwn(string section, string name) => sections.Entry(section, name) is not { } entry || entry.Key.Source.From == part.Name;

    private static bool Permits(IReadOnlyList<string> may, string name) => may.Any(m => m == name || (!name.Contains('*', StringComparison.Ordinal) && WorkerMatching.MatchesName(m, name)));

    private static IEnumerable<YamlNode> Scalars(YamlNode node) => node.Kind == YamlKind.Scalar ? [node] : node.Items.Concat(node.Entries.Select(e => e.Value)).SelectMany(Scalars);
}
