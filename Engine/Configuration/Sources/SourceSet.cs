using Weir.Shared.Configuration;

namespace Weir.Engine.Configuration.Sources;

/// <summary>All sources with their newest good contents, and what a configuration put together of them is.</summary>
internal sealed class SourceSet(IReadOnlyList<SourceRow> rows)
{
    public const string File = "file";
    public const string Store = "store";
    public const string Forms = "forms";

    /// <summary>The names that no part out of a repository can have.</summary>
    public static string[] Reserved { get; } = [File, Store, Forms];

    public IReadOnlyList<SourceRow> Rows => rows;

    /// <summary>Another one as soon as anything about the sources has changed.</summary>
    public string Fingerprint => string.Join(' ', rows.OrderBy(r => r.Name, StringComparer.Ordinal).Select(r => FormattableString.Invariant($"{r.Name}:{r.Number}")));

    public IEnumerable<SourceRow> InOrder() => rows.OrderBy(r => Place(r.Name)).ThenBy(r => r.Name, StringComparer.Ordinal);

    public SourceRow? Find(string name) => rows.FirstOrDefault(r => r.Name == name);

    /// <summary>The parts in their order: the watched file's, the store's, what forms made, the repositories'. Each says where it comes from.</summary>
    public IReadOnlyList<ConfigurationPart> With(IReadOnlyCollection<Offer> offers)
    {
        var newest = rows.Where(r => offers.All(o => o.Source != r.Name)).Select(r => new Offer(r.Name, r.OriginKind, r.Good()) { Commit = r.CommitId }).Concat(offers);
        return [.. newest.OrderBy(o => Place(o.Source)).ThenBy(o => o.Source, StringComparer.Ordinal).SelectMany(Stamped)];
    }

    /// <summary>What was sent as parts without saying of which source they are: they replace the store's own. A part called forms stands for what forms made; one of the watched file is left out where it says the same.</summary>
    public Draft Sent(IReadOnlyList<ConfigurationPart> parts)
    {
        var file = Find(File)?.Good().ToDictionary(p => p.Name, p => p.Text) ?? [];
        var theirs = parts.Where(p => file.ContainsKey(p.Name)).ToList();
        return new(StoreOffers([.. parts.Except(theirs)]), [.. theirs.Where(p => file[p.Name] != p.Text).Select(p => new ConfigurationProblem(p.Name, 1, 1, "", $"{p.Name} is a watched file{(Find(File)?.Place is { } path ? $" ({path})" : "")}: change it there, or give this part another name."))]);
    }

    /// <summary>The same, to be looked at only: with the watched file's names among them they stand for the watched file's next content.</summary>
    public Draft LookedAt(IReadOnlyList<ConfigurationPart> parts) =>
        Find(File)?.Good() is { Count: > 0 } file && parts.Any(p => file.Any(f => f.Name == p.Name)) ? Draft.Of(new Offer(File, PartOrigin.File, parts)) : Draft.Of(StoreOffers(parts));

    /// <summary>The contents that a revision was made of. Sources that it did not have are empty.</summary>
    public Draft AsIn(IReadOnlyList<ConfigurationPart> parts)
    {
        var then = parts.GroupBy(SourceOf).ToDictionary(g => g.Key, g => g.ToList());
        var gone = rows.Where(r => !then.ContainsKey(r.Name)).Select(r => new Offer(r.Name, r.OriginKind, []));
        return Draft.Of([.. then.Select(t => new Offer(t.Key, t.Value[0].Origin, [.. t.Value.Select(Bare)]) { Commit = t.Value[0].Commit, Place = Find(t.Key)?.Place }), .. gone]) with { Exact = true };
    }

    /// <summary>As it stands, but with some sources as they are in a revision; those that it did not have are empty.</summary>
    public Draft With(IReadOnlyCollection<string> sources, IReadOnlyList<ConfigurationPart> parts)
    {
        var all = AsIn(parts);
        return all with { Offers = [.. all.Offers.Where(o => sources.Contains(o.Source))] };
    }

    /// <summary>The source that a part of a revision is of.</summary>
    public static string SourceOf(ConfigurationPart part) => part.Origin switch
    {
        PartOrigin.File => File,
        PartOrigin.Repository => part.From ?? "",
        _ => part.Name == Forms ? Forms : Store,
    };

    private static List<Offer> StoreOffers(IReadOnlyList<ConfigurationPart> parts)
    {
        var forms = parts.Where(p => p.Name == Forms).ToList();
        var own = new Offer(Store, PartOrigin.Store, [.. parts.Except(forms).Select(Bare)]);
        return forms.Count == 0 ? [own] : [own, new Offer(Forms, PartOrigin.Store, [.. forms.Select(Bare)])];
    }

    private static ConfigurationPart Bare(ConfigurationPart part) => new(part.Name, part.Text);

    private static IEnumerable<ConfigurationPart> Stamped(Offer offer) =>
        offer.Parts.Select(p => new ConfigurationPart(p.Name, p.Text) { Origin = offer.Origin, From = offer.Origin == PartOrigin.Repository ? offer.Source : null, Commit = offer.Commit });

    private static int Place(string source) => Array.IndexOf(Reserved, source) is var at and >= 0 ? at : Reserved.Length;
}
