using Weir.Engine.Configuration.Reading;

namespace Weir.Engine.Configuration.Check;

/// <summary>The named things of all parts together. A name that two parts define is a problem of the second.</summary>
internal sealed class Sections
{
    /// <summary>The keys of the configuration that are maps of named things.</summary>
    public static readonly string[] Names = ["projects", "codebases", "changeSources", "schedulers", "workers", "locks", "sharedDirectories", "builders", "templates"];
    private readonly Dictionary<string, Dictionary<string, YamlEntry>> byName = Names.ToDictionary(n => n, _ => new Dictionary<string, YamlEntry>());
    private readonly Dictionary<string, YamlEntry> settings = [];
    private readonly Dictionary<string, YamlEntry> parts = [];

    public Sections(IEnumerable<YamlNode> roots, Problems problems)
    {
        foreach (var root in roots)
        {
            foreach (var name in Names)
            {
                foreach (var entry in root.Map(name))
                    Take(byName[name], entry, $"{name}.{entry.Key.Text}", problems);
            }
            foreach (var entry in root.Source.From is null ? root.Map("parts") : [])
                Take(parts, entry, $"parts.{entry.Key.Text}", problems);
            foreach (var key in new[] { "title", "url", "secrets" })
            {
                if (root.Find(key) is { } entry)
                    Take(settings, entry, key, problems);
            }
        }
    }

    public IReadOnlyCollection<YamlEntry> Projects => byName["projects"].Values;
    public IReadOnlyCollection<YamlEntry> Codebases => byName["codebases"].Values;
    public IReadOnlyCollection<YamlEntry> ChangeSources => byName["changeSources"].Values;
    public IReadOnlyCollection<YamlEntry> Schedulers => byName["schedulers"].Values;
    public IReadOnlyCollection<YamlEntry> Workers => byName["workers"].Values;
    public IReadOnlyCollection<YamlEntry> Locks => byName["locks"].Values;
    public IReadOnlyCollection<YamlEntry> SharedDirectories => byName["sharedDirectories"].Values;
    public IReadOnlyCollection<YamlEntry> Builders => byName["builders"].Values;

    public IReadOnlyCollection<YamlEntry> Parts => parts.Values;

    public IReadOnlyCollection<YamlEntry> All(string section) => byName[section].Values;

    public YamlNode? Setting(string key) => settings.GetValueOrDefault(key)?.Value;

    public YamlNode? Find(string section, string name) => byName[section].GetValueOrDefault(name)?.Value;

    public YamlEntry? Entry(string section, string name) => byName[section].GetValueOrDefault(name);

    public IEnumerable<string> Known(string section) => byName[section].Keys;

    private static void Take(Dictionary<string, YamlEntry> into, YamlEntry entry, string path, Problems problems)
    {
        if (!into.TryAdd(entry.Key.Text, entry))
            problems.Add(entry.Key, path, $"\"{entry.Key.Text}\" is defined twice: here and at {into[entry.Key.Text].Key.Place}.");
    }
}
