using Weir.Engine.Configuration.Reading;

namespace Weir.Engine.Configuration.Check;

/// <summary>Checks the sources of secrets, and the names of secrets wherever they stand. Whether a secret is there is asked when it is used: it may come later than the configuration.</summary>
internal static class SecretCheck
{
    public static void CheckSources(Sections sections, Problems problems)
    {
        var items = sections.Setting("secrets")?.Items ?? [];
        for (var i = 0; i < items.Count; i++)
        {
            var (source, at) = (items[i], FormattableString.Invariant($"secrets[{i}]"));
            var from = source.Text("from");
            if (from == "directory" && source["path"] is null)
                problems.Add(source, at, "The key \"path\" is missing: the directory in which each file is a secret.");
            Unused(from == "env", source.Find("path"), $"{at}.path", "Only a source of type directory has a path.", problems);
            Unused(from == "directory", source.Find("prefix"), $"{at}.prefix", "Only a source of type env has a prefix.", problems);
        }
    }

    /// <summary>What is wrong with using secrets here at all; null if there are sources.</summary>
    public static string? WithoutSources(Sections sections, string name) => sections.Setting("secrets") is { Items.Count: > 0 }
        ? null
        : $"The configuration says nowhere where the secret {name} is to be found. Add for example: secrets: [{{ from: env }}], and give the masters the variable {Shared.Configuration.SecretSourceConfiguration.DefaultPrefix}{name}.";

    /// <summary>Complains about a key whose value is a secret's name, if there is no source of secrets.</summary>
    public static void Expect(string key, YamlNode? map, string path, Sections sections, Problems problems)
    {
        if (map?[key] is { Kind: YamlKind.Scalar, IsNothing: false } node && WithoutSources(sections, node.Text) is { } complaint)
            problems.Add(node, $"{path}.{key}", complaint);
    }

    private static void Unused(bool unused, YamlEntry? entry, string path, string why, Problems problems)
    {
        if (unused && entry is not null)
            problems.Add(entry.Key, path, why);
    }
}
