using System.Text.Json.Nodes;
using Weir.Shared.Configuration;

namespace Weir.App.Server.Api;

/// <summary>Differences of revisions as REST gives them: the field <c>changes</c>, beside <c>difference</c> or <c>text</c>, which is text.</summary>
internal static class DifferenceJson
{
    /// <summary>Null in lists and of refused revisions.</summary>
    public static JsonArray? Of(IReadOnlyList<ConfigurationDifference>? things) => things is null ? null : new([.. things.Select(t => (JsonNode)new JsonObject
    {
        ["kind"] = Word(t.Kind),
        ["section"] = t.Section,
        ["name"] = t.Name,
        ["former_name"] = t.FormerName,
        ["settings"] = new JsonArray([.. t.Settings.Select(s => (JsonNode)new JsonObject
        {
            ["kind"] = Word(s.Kind),
            ["within"] = s.Within,
            ["setting"] = s.Setting,
            ["before"] = s.Before,
            ["after"] = s.After,
        })]),
    })]);

    private static string Word(DifferenceKind kind) => kind.ToString().ToLowerInvariant();
}
