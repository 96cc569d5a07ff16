using Weir.Engine.Configuration.Reading;
using Weir.Engine.Configuration.Sources;
using Weir.Shared.Configuration;

namespace Weir.Engine.Configuration.Check;

/// <summary>Makes the declarations of parts out of repositories. Only those of the admin count.</summary>
internal static class PartBinding
{
    public static PartConfiguration Part(YamlEntry entry)
    {
        var (name, node) = (entry.Key.Text, entry.Value);
        var may = node["may"];
        return new()
        {
            Name = name,
            Repository = node.Text("repository") ?? "",
            Branch = node.Text("branch") ?? "main",
            Token = node.Text("token"),
            TokenUser = node.Text("tokenUser") ?? PartConfiguration.UsualUser,
            Path = (node.Text("path") ?? "").Trim('/') is var path && path == "." ? "" : path,
            Every = node.Span("every", PartConfiguration.UsualEvery) ?? PartConfiguration.UsualEvery,
            Prefix = node.Text("prefix") ?? name + "-",
            Notify = node.Texts("notify"),
            May = may is null ? new() : new()
            {
                Workers = may.Texts("workers"),
                Locks = may.Texts("locks"),
                SharedDirectories = may.Texts("sharedDirectories"),
                Secrets = may.Texts("secrets"),
                Projects = may.Texts("projects"),
                Builders = may.Texts("builders"),
            },
        };
    }

    /// <summary>The names of the parts that the admin's parts declare, as far as these can be read.</summary>
    public static IReadOnlySet<string> Declared(IEnumerable<ConfigurationPart> parts) =>
        parts.Where(p => p.Origin != PartOrigin.Repository).Select(p => YamlReader.Read(p, new())).OfType<YamlNode>().SelectMany(r => r.Map("parts")).Select(e => e.Key.Text).ToHashSet();

    public static void Check(Sections sections, Problems problems)
    {
        var before = new List<PartConfiguration>();
        foreach (var entry in sections.Parts)
        {
            var (part, path) = (Part(entry), $"parts.{entry.Key.Text}");
            if (SourceSet.Reserved.Contains(part.Name))
                problems.Add(entry.Key, path, $"\"{part.Name}\" is the name of a part that Weir makes; choose another.");
            if (before.Find(b => b.Prefix.StartsWith(part.Prefix, StringComparison.Ordinal) || part.Prefix.StartsWith(b.Prefix, StringComparison.Ordinal)) is { } like)
                problems.Add(entry.Value.Find("prefix")?.Value ?? entry.Key, path, $"Its names would begin like those of the part \"{like.Name}\" (\"{part.Prefix}\" and \"{like.Prefix}\"): give one of them another \"prefix\".");
            SecretCheck.CheckCredentials(entry.Value, path, sections, problems);
            before.Add(part);
        }
    }
}
