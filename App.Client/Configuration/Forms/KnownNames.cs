using Weir.Shared.Configuration;

namespace Weir.App.Client.Configuration.Forms;

/// <summary>The names that fields may refer to, by section.</summary>
internal static class KnownNames
{
    public static async Task<IReadOnlyDictionary<string, IReadOnlyList<string>>> Of(IThingActions things, IThingForms forms, CancellationToken cancellation)
    {
        var known = new Dictionary<string, IReadOnlyList<string>>();
        foreach (var section in forms.Sections)
            known[section.Key] = [.. (await things.List(section.Key, cancellation) ?? []).Select(t => t.Name)];
        return known;
    }
}
