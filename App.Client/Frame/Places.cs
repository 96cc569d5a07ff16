namespace Weir.App.Client.Frame;

/// <summary>The pages of the navigation, in order, each with its icon, word and the letter that opens it after <c>g</c>.</summary>
internal static class Places
{
    public static IReadOnlyList<(string Address, string Icon, string Word, string Key)> All { get; } =
    [
        (Urls.Home, "house", "Home", "h"),
        (Urls.Waterfall, "chart-gantt", "Waterfall", "w"),
        (Urls.Builders, "hammer", "Builders", "b"),
        (Urls.Buildsets, "package", "Buildsets", "s"),
        (Urls.Queue, "list-ordered", "Queue", "q"),
        (Urls.Locks, "lock", "Locks", "l"),
        (Urls.Changes, "git-commit-horizontal", "Changes", "c"),
        (Urls.Workers, "cpu", "Workers", "k"),
        (Urls.Masters, "server", "Masters", "m"),
        (Urls.Schedulers, "calendar-clock", "Schedulers", "d"),
        (Urls.Graph, "workflow", "Graph", "r"),
        (Urls.Configuration, "file-code", "Configuration", "f"),
    ];
}
