using Weir.Shared.Configuration;

namespace Weir.Engine.Configuration.Reading;

/// <summary>Collects what is wrong, in the order in which a person reads the parts.</summary>
internal sealed class Problems
{
    private const int MostShown = 200;
    private readonly Dictionary<string, int> partOrder = [];
    private readonly List<ConfigurationProblem> found = [];

    public bool Any => found.Count > 0;

    public int Count => found.Count;

    /// <summary>Things share what was written once, as builders do what stands in their template: what is wrong with it is said once.</summary>
    public bool SaysOnce { get; set; }

    public IReadOnlyList<ConfigurationProblem> All
    {
        get
        {
            var sorted = found.DistinctBy(p => (p.Part, p.Line, p.Column, p.Message, SaysOnce ? "" : p.Path)).OrderBy(p => partOrder.GetValueOrDefault(p.Part)).ThenBy(p => p.Line).ThenBy(p => p.Column).ToList();
            if (sorted.Count <= MostShown)
                return sorted;
            var last = sorted[MostShown - 1];
            return [.. sorted.Take(MostShown), last with { Path = "", Message = $"… and {sorted.Count - MostShown} more problems." }];
        }
    }

    public void KnowPart(string name) => partOrder.TryAdd(name, partOrder.Count);

    public void Add(ConfigurationProblem problem) => found.Add(problem);

    public void Add(YamlNode at, string path, string message) => found.Add(new(at.Source.Part, at.Line, at.Column, path, message));

    /// <summary>A problem at a character of a scalar's text.</summary>
    public void Add(YamlNode at, int offset, string path, string message)
    {
        var (line, column) = at.PositionAt(offset);
        found.Add(new(at.Source.Part, line, column, path, message));
    }
}
