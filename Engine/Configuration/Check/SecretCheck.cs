using Weir.Engine.Configuration.Reading;

namespace Weir.Engine.Configuration.Check;

/// <summary>Checks the sources of secrets, and the names of secrets wherever they stand. Whether a secret is there is asked when it is used: it may come later than the configuration.</summary>
internal static class SecretCheck
{
    public static void Check(Sections sections, Problems problems)
    {
        CheckSources(sections, problems);
        foreach (var codebase in sections.Codebases)
            CheckCredentials(codebase.Value, $"codebases.{codebase.Key.Text}", sections, problems);
    }

    /// <summary>What leads into a repository fits the way in which it is reached.</summary>
    public static void CheckCredentials(YamlNode codebase, string path, Sections sections, Problems problems)
    {
        Expect("sshKey", codebase, path, sections, problems);
        Expect("token", codebase, path, sections, problems);
        var repository = codebase.Text("repository") ?? "";
        var http = repository.StartsWith("http://", StringComparison.OrdinalIgnoreCase) || repository.StartsWith("https://", StringComparison.OrdinalIgnoreCase);
        var ssh = repository.StartsWith("ssh://", StringComparison.OrdinalIgnoreCase) || (!repository.Contains("://", StringComparison.Ordinal) && repository.Contains(':', StringComparison.Ordinal) && !repository.StartsWith('/'));
        Unused(!ssh, codebase.Find("sshKey"), $"{path}.sshKey", "This repository is not reached by ssh (ssh://host/path or user@host:path), so a key is of no use.", problems);
        Unused(!http, codebase.Find("token"), $"{path}.token", "This repository is not reached by https, so a token is of no use.", problems);
        Unused(codebase["sshKey"] is null, codebase.Find("knownHosts"), $"{path}.knownHosts", "Host keys belong to an \"sshKey\", and there is none.", problems);
        Unused(codebase["token"] is null, codebase.Find("tokenUser"), $"{path}.tokenUser", "A user name belongs to a \"token\", and there is none.", problems);
        if (repository.StartsWith("http://", StringComparison.OrdinalIgnoreCase) && codebase.Find("token") is { } token && Uri.TryCreate(repository, UriKind.Absolute, out var url) && !url.IsLoopback)
            problems.Add(token.Key, $"{path}.token", "With http:// everybody on the way could read the token; use https://.");
    }

    private static void CheckSources(Sections sections, Problems problems)
    {
        var items = sections.Setting("secrets")?.Items ?? [];
        for (var i = 0; i < items.Count; i++)
        {
            var (source, at) = (items[i], FormattableString.Invariant($"secrets[{i}]"));
            var from = source.Text("from");
            if (from == "directory" && source["path"] is null)
                problems.Add(source, at, "The key \"path\" is missing: the directory in which each file is a secret.");
            Unused(from is "env" or "store", source.Find("path"), $"{at}.path", "Only a source of type directory has a path.", problems);
            Unused(from is "directory" or "store", source.Find("prefix"), $"{at}.prefix", "Only a source of type env has a prefix.", problems);
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
