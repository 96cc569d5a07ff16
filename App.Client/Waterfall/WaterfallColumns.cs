using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Weir.Shared.Builds;

namespace Weir.App.Client.Waterfall;

/// <summary>A column: one builder, or all of a project that is folded.</summary>
public sealed record ShownColumn(int Index, string? Project, BuilderPlace? Builder, IReadOnlyList<BuilderPlace> Members);

/// <summary>The builders of a project side by side under one heading.</summary>
public sealed record ColumnGroup(string? Project, int First, int Columns, int Builders, bool IsFolded)
{
    /// <summary>How the address names it.</summary>
    public string Key => Project ?? WaterfallColumns.NoProject;
}

/// <summary>Which columns a waterfall has, and in which order: projects as they first appear, within them the order of the configuration.</summary>
public sealed class WaterfallColumns
{
    /// <summary>Columns are fetched in tiles of so many.</summary>
    public const int TileWidth = 25;

    /// <summary>With more builders than this, projects begin folded.</summary>
    public const int MostUnfolded = 60;
    public const string NoProject = "~";

    public WaterfallColumns(IReadOnlyList<BuilderPlace> builders, IReadOnlyList<string>? fold)
    {
        var projects = builders.GroupBy(b => b.Project ?? NoProject).ToList();
        var folded = projects.Count < 2 ? [] : fold is not null ? fold.ToHashSet() : builders.Count > MostUnfolded ? projects.Select(p => p.Key).ToHashSet() : [];
        var all = new List<ShownColumn>();
        var groups = new List<ColumnGroup>();
        foreach (var project in projects)
        {
            var members = project.ToList();
            var isFolded = folded.Contains(project.Key) && members.Count > 1;
            groups.Add(new(members[0].Project, all.Count, isFolded ? 1 : members.Count, members.Count, isFolded));
            if (isFolded)
                all.Add(new(all.Count, members[0].Project, null, members));
            else
                all.AddRange(members.Select((b, i) => new ShownColumn(all.Count + i, b.Project, b, [b])).ToList());
        }
        All = all;
        Groups = groups;
        var text = string.Join(' ', all.Select(c => string.Join(',', c.Members.Select(m => m.Id.ToString(CultureInfo.InvariantCulture)))));
        Version = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..12];
    }

    public IReadOnlyList<ShownColumn> All { get; }
    public IReadOnlyList<ColumnGroup> Groups { get; }

    /// <summary>Changes when a column comes, goes or moves: what was fetched for other columns is of no use then.</summary>
    public string Version { get; }
    public int Tiles => (All.Count + TileWidth - 1) / TileWidth;

    /// <summary>Whether headings are worth a row.</summary>
    public bool HasGroups => Groups.Count > 1;

    public IEnumerable<ShownColumn> Tile(int tile) => All.Skip(tile * TileWidth).Take(TileWidth);

    /// <summary>The fold of the address when this project is folded or opened.</summary>
    public IReadOnlyList<string> Toggled(ColumnGroup group)
    {
        var folded = Groups.Where(g => g.IsFolded != (g == group)).Select(g => g.Key).ToList();
        return folded;
    }
}
