using System.Security.Cryptography;
using System.Text;
using Weir.Engine.Configuration.Sources;
using Weir.Shared.Configuration;

namespace Weir.Engine.Configuration.Texts;

/// <summary>A text in the newest good contents of the sources: of which source.</summary>
internal sealed record FoundText(SourceRow Source, ConfigurationPart Part)
{
    public ConfigurationText ToText() => new()
    {
        Name = Part.Name,
        Origin = Source.OriginKind,
        Text = Part.Text,
        ETag = ETagOf(Part.Text),
        Place = Source.Place,
        WhyNot = Source.OriginKind switch
        {
            PartOrigin.File => $"{Part.Name} is a watched file{(Source.Place is { } path ? $" ({path})" : "")}: it is changed there, and read again as soon as it changes.",
            PartOrigin.Repository => $"{Part.Name} is of the part {Source.Name}, out of {Source.Place}{(Source.CommitId is { Length: > 0 } commit ? $" at commit {commit[..Math.Min(12, commit.Length)]}" : "")}: it is changed by a commit there.",
            _ => null,
        },
    };

    public static IEnumerable<FoundText> All(SourceSet sources) => sources.InOrder().SelectMany(s => s.Good().Select(p => new FoundText(s, p)));

    public static string ETagOf(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..32];
}
