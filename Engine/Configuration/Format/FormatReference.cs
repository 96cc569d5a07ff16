using System.Globalization;
using System.Text;

namespace Weir.Engine.Configuration.Format;

/// <summary>Writes the table of keys as Markdown, for the manual: the reference cannot say other things than the check.</summary>
internal static class FormatReference
{
    private static readonly (string Heading, Shape Shape)[] Sections =
    [
        ("The whole", ConfigurationFormat.Root),
        ("projects.NAME", ConfigurationFormat.Project),
        ("codebases.NAME", ConfigurationFormat.Codebase),
        .. ChangeSourceFormat.All.Shapes.Select(t => ($"changeSources.NAME of type {t.Key}", t.Value)),
        .. ConfigurationFormat.Schedulers.Shapes.Select(t => ($"schedulers.NAME of type {t.Key}", t.Value)),
        ("changes", ConfigurationFormat.Changes),
        ("parameters[]", ConfigurationFormat.ForceParameter),
        ("workers.NAME", WorkerFormat.Worker),
        ("locks.NAME", ConfigurationFormat.Lock),
        ("sharedDirectories.NAME", ConfigurationFormat.SharedDirectory),
        ("workers.NAME.availability", WorkerFormat.Availability),
        ("windows[]", WorkerFormat.Window),
        ("exceptions[]", WorkerFormat.WindowException),
        ("builders.NAME", ConfigurationFormat.Builder),
        ("builders.NAME.workers", ConfigurationFormat.Selector),
        ("builders.NAME.properties.NAME", ConfigurationFormat.Declaration),
        ("builders.NAME.locks[]; without from and to also steps[].locks[]", ConfigurationFormat.BuilderLockUse),
        ("builders.NAME.keep", ConfigurationFormat.Keep),
        ("builders.NAME.next", ConfigurationFormat.Next),
        ("sourceStamps.CODEBASE of a trigger", ConfigurationFormat.TriggerStamp),
        ("secrets[]", ConfigurationFormat.SecretSource),
        ("parts.NAME", PartFormat.Part),
        ("parts.NAME.may", PartFormat.May),
    ];

    public static string Markdown()
    {
        var text = new StringBuilder();
        foreach (var (heading, shape) in Sections)
            Write(text, heading, shape.Description, shape.Keys);
        var steps = ConfigurationFormat.Steps.Shapes;
        var common = steps.Values.First().Keys.Where(k => steps.Values.All(s => s.Find(k.Name) is not null)).ToList();
        Write(text, "Every step", "What all steps have.", common);
        foreach (var (kind, shape) in steps)
        {
            var own = shape.Keys.Where(k => !common.Exists(c => c.Name == k.Name)).ToList();
            Write(text, $"A {kind} step", shape.Description, own);
            foreach (var key in own.Where(k => k.Kind is ShapeKind))
                Write(text, key.Name, ((ShapeKind)key.Kind!).Shape.Description, ((ShapeKind)key.Kind!).Shape.Keys);
        }
        text.Append(CultureInfo.InvariantCulture, $"Steps that are not yet available: {Codes(ConfigurationFormat.Steps.Later)}. Types of schedulers: {Codes(ConfigurationFormat.Schedulers.Later)}. Types of change sources: {Codes(ChangeSourceFormat.All.Later)}.\n");
        return text.ToString();
    }

    private static void Write(StringBuilder text, string heading, string description, IReadOnlyList<Key> keys)
    {
        text.Append(CultureInfo.InvariantCulture, $"### {heading}\n\n{description}\n\n| key | value | default | meaning |\n|---|---|---|---|\n");
        foreach (var key in keys.Where(k => k.Kind is not null))
            text.Append(CultureInfo.InvariantCulture, $"| `{key.Name}` | {Cell(key.Kind!.Expected.TrimEnd(','))} | {(key.Required ? "**required**" : key.Default ?? "")} | {Cell(key.Description)} |\n");
        var later = keys.Where(k => k.Kind is null).Select(k => k.Name).ToList();
        text.Append(later.Count == 0 ? "\n" : $"\nNot yet available: {Codes(later)}.\n\n");
    }

    private static string Codes(IEnumerable<string> words) => string.Join(", ", words.Select(w => $"`{w}`"));

    private static string Cell(string text) => text.Replace("|", "\\|", StringComparison.Ordinal);
}
