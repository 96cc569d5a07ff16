using System.Collections;
using System.Reflection;
using Weir.Shared.Configuration;

namespace Weir.Engine.Configuration.Revisions;

/// <summary>
/// The difference between two configurations as people think of it: which builders, schedulers, workers … came, went, were renamed or changed, and which of their settings.
/// It walks the model's own types, so a setting that is added to the model is compared without being named here.
/// </summary>
internal static class ModelDifference
{
    /// <summary>A thing with more differences than this tells the first ones, and how many there are.</summary>
    public const int MostSettings = 200;

    private const string Whole = "configuration";

    /// <summary>Empty when nothing differs. In the order of the model: what is there now first, then what is gone.</summary>
    public static IReadOnlyList<ConfigurationDifference> Between(WeirConfiguration before, WeirConfiguration after)
    {
        var things = new List<ConfigurationDifference>();
        var settings = new List<SettingDifference>();
        foreach (var property in SettingsDifference.Properties(typeof(WeirConfiguration)))
        {
            if (SettingsDifference.NamedItem(property.PropertyType) is not null)
                things.AddRange(Section(DifferenceWords.One(property.Name), Items(before, property), Items(after, property)));
            else
                SettingsDifference.Compare(property.PropertyType, property.GetValue(before), property.GetValue(after), new(settings, null, DifferenceWords.Key(property.Name)));
        }
        if (settings.Count > 0)
            things.Insert(0, new(DifferenceKind.Changed, Whole, "", null, Bounded(settings)));
        return things;
    }

    private static IEnumerable<ConfigurationDifference> Section(string section, List<object> before, List<object> after)
    {
        // Renamed is what says so, and nothing else: without that the one is retired with its history and the other begins, however much they look alike.
        var pairs = NamedPairs.Of(before, after, NamedPairs.Said);
        foreach (var (old, current) in pairs.Both)
        {
            var settings = new List<SettingDifference>();
            SettingsDifference.CompareMembers(old, current, new(settings, null, ""));
            var (was, name) = (NamedPairs.Name(old), NamedPairs.Name(current));
            if (was != name)
                yield return new(DifferenceKind.Renamed, section, name, was, Bounded(settings));
            else if (settings.Count > 0)
                yield return new(DifferenceKind.Changed, section, name, null, Bounded(settings));
        }
        foreach (var thing in pairs.Added)
            yield return new(DifferenceKind.Added, section, NamedPairs.Name(thing), null, []);
        foreach (var thing in pairs.Removed)
            yield return new(DifferenceKind.Removed, section, NamedPairs.Name(thing), null, []);
        if (pairs.Reordered)
            yield return new(DifferenceKind.Reordered, section, "", null, []);
    }

    private static List<object> Items(WeirConfiguration model, PropertyInfo property) => [.. ((IEnumerable)property.GetValue(model)!).Cast<object>()];

    private static IReadOnlyList<SettingDifference> Bounded(List<SettingDifference> settings) => settings.Count <= MostSettings
        ? settings
        : [.. settings.Take(MostSettings), new() { Kind = DifferenceKind.Changed, Setting = $"and {settings.Count - MostSettings} more" }];
}
