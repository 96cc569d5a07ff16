using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;

namespace Weir.Worker.Tests.Protocol;

/// <summary>
/// Texts as an earlier version wrote them, kept in files beside the tests: whoever changes what is written or read finds out here. They are never edited; a new version adds new ones
/// (<c>WEIR_GOLDEN=write</c> writes those that are missing).
/// </summary>
internal static class Golden
{
    public static string Read(string name, Func<string> now)
    {
        var path = Path.Combine(Folder(), "Golden", name);
        if (!File.Exists(path) && Environment.GetEnvironmentVariable("WEIR_GOLDEN") == "write")
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, now() + "\n");
        }
        return File.ReadAllText(path).TrimEnd('\n');
    }

    /// <summary>Every member of the old text stands in the new one with the same value; answers the paths of those that were added.</summary>
    public static IReadOnlyList<string> Added(string old, string now)
    {
        var added = new List<string>();
        Compare(JsonNode.Parse(old), JsonNode.Parse(now), "", added);
        return added;
    }

    private static void Compare(JsonNode? old, JsonNode? now, string path, List<string> added)
    {
        switch (old, now)
        {
            case (JsonObject was, JsonObject becomes):
                foreach (var (name, value) in was)
                {
                    Assert.True(becomes.ContainsKey(name), $"{path}.{name} is no longer written.");
                    Compare(value, becomes[name], $"{path}.{name}", added);
                }
                added.AddRange(becomes.Where(m => !was.ContainsKey(m.Key)).Select(m => $"{path}.{m.Key}"));
                break;
            case (JsonArray was, JsonArray becomes):
                Assert.True(was.Count == becomes.Count, $"{path} has {becomes.Count} entries; it had {was.Count}.");
                for (var i = 0; i < was.Count; i++)
                    Compare(was[i], becomes[i], $"{path}[{i}]", added);
                break;
            default:
                Assert.True(JsonNode.DeepEquals(old, now), $"{path} is {now?.ToJsonString() ?? "null"}; it was {old?.ToJsonString() ?? "null"}.");
                break;
        }
    }

    private static string Folder([CallerFilePath] string here = "") => Path.GetDirectoryName(here)!;
}
