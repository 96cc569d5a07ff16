using Weir.Shared.Configuration;

namespace Weir.App.Client.Graph;

/// <summary>Which part of the graph is wanted: what leads to, and comes of, a node, the builders of a project, or whatever has a text in its name.</summary>
public sealed record GraphView(ConfigurationGraph Whole, ConfigurationGraph Part, string? Focus, string? Project, string? Q)
{
    /// <summary>More than so many things, or lines, are no picture any more.</summary>
    public const int MostNodes = 400;
    public const int MostEdges = 2000;

    public bool IsDrawn => Part.Nodes.Count <= MostNodes && Part.Edges.Count <= MostEdges;

    public bool IsPart => Focus is not null || Project is not null || Q is not null;

    public IReadOnlyList<string> Projects { get; } = [.. Whole.Nodes.Select(n => n.Project).OfType<string>().Distinct().Order(StringComparer.Ordinal)];

    public static GraphView Of(ConfigurationGraph whole, string? focus, string? project, string? q)
    {
        (focus, project, q) = (Given(focus), Given(project), Given(q));
        var part = whole;
        if (project is not null)
            part = part.Around(n => n.Project == project);
        if (q is not null)
            part = part.Around(n => n.Name.Contains(q, StringComparison.OrdinalIgnoreCase));
        if (focus is not null)
            part = part.Around(n => n.Key == focus);
        return new(whole, part, focus, project, q);
    }

    public static string Address(string? focus = null, string? project = null, string? q = null) => Urls.With(Urls.Graph, ("focus", focus), ("project", project), ("q", q));

    /// <summary>The page of what a node is; null: it has none.</summary>
    public static string? Page(GraphNode node) => node.Kind switch
    {
        GraphKind.Builder => Urls.Builder(node.Name),
        GraphKind.Scheduler => Urls.Scheduler(node.Name),
        GraphKind.Worker => node.Name.Contains('*') ? Urls.With(Urls.Workers, ("q", node.Name.Trim('*'))) : Urls.Worker(node.Name),
        GraphKind.Lock or GraphKind.Directory => Urls.Locks,
        GraphKind.ChangeSource => Urls.Changes,
        _ => null,
    };

    /// <summary>A kind as people read it.</summary>
    public static string Word(GraphKind kind) => kind switch
    {
        GraphKind.ChangeSource => "change source",
        GraphKind.Scheduler => "scheduler",
        GraphKind.Builder => "builder",
        GraphKind.Pool => "pool of workers",
        GraphKind.Worker => "worker",
        GraphKind.Directory => "shared directory",
        _ => "lock",
    };

    public static string Icon(GraphKind kind) => kind switch
    {
        GraphKind.ChangeSource => "git-branch",
        GraphKind.Scheduler => "calendar-clock",
        GraphKind.Builder => "hammer",
        GraphKind.Pool => "server",
        GraphKind.Worker => "cpu",
        GraphKind.Directory => "package",
        _ => "lock",
    };

    private static string? Given(string? text) => string.IsNullOrWhiteSpace(text) ? null : text.Trim();
}
