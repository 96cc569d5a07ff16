using Weir.Engine.Configuration.Format;
using Weir.Engine.Configuration.Reading;
using Weir.Engine.Configuration.Templates;
using Weir.Shared.Configuration;

namespace Weir.Engine.Configuration.Check;

/// <summary>
/// Reads a configuration from its parts: the text, the format, the references, the expressions. All complaints come at once, each with its place; there is a model only if
/// there is none. Never throws, whatever the texts hold.
/// </summary>
internal static class ConfigurationReader
{
    private const int MaxParts = 1000;

    public static (WeirConfiguration? Model, IReadOnlyList<ConfigurationProblem> Problems) Read(IReadOnlyList<ConfigurationPart> parts)
    {
        var problems = new Problems();
        if (parts.Count is 0 or > MaxParts)
            problems.Add(new("", 1, 1, "", parts.Count == 0 ? "There is no configuration: no file was given." : $"There are {parts.Count:N0} files; at most {MaxParts:N0} are allowed."));
        foreach (var (index, _) in parts.Index().Where(p => p.Item.Name.Length is 0 or > 250 || p.Item.Name.Any(char.IsControl)))
            problems.Add(new(FormattableString.Invariant($"part {index + 1}"), 1, 1, "", "A part's name is one line of 1 to 250 characters."));
        foreach (var twice in parts.CountBy(p => p.Name).Where(n => n.Value > 1))
            problems.Add(new(twice.Key, 1, 1, "", $"{twice.Value} parts have this name."));
        var roots = new List<YamlNode>();
        foreach (var part in parts.Take(MaxParts))
        {
            var before = problems.Any;
            if (YamlReader.Read(part, problems) is { Kind: YamlKind.Map } root)
            {
                roots.Add(root);
            }
            else if (problems.Any == before)
            {
                problems.Add(new(part.Name, 1, 1, "", "A configuration is a map that starts with \"weir: 1\"; this file holds none."));
            }
        }
        if (Expansion.Of(roots, problems) is not { } expanded)
            return (null, problems.All);
        roots = [.. expanded];
        foreach (var root in roots)
            ConfigurationFormat.Root.Check(root, "", problems);
        if (parts.Count != roots.Count)
            return (null, problems.All); // references into a part that cannot be read would only make noise
        var sections = new Sections(roots, problems);
        var model = Binding.Bind(sections);
        ReferenceCheck.Check(sections, model, problems);
        TriggerCheck.Check(sections, model, problems);
        DirectoryCheck.Check(sections, model, problems);
        LockCheck.Check(sections, model, problems);
        SecretCheck.Check(sections, problems);
        PartBinding.Check(sections, problems);
        PartRules.Check(roots, sections, model, problems);
        ExpressionCheck.Check(sections, model, problems);
        return problems.Any ? (null, problems.All) : (model, []);
    }
}
