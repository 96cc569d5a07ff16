using System.Security.Cryptography;
using System.Text.Json;
using Weir.Shared.Configuration;

namespace Weir.Engine.Queue;

/// <summary>
/// What waiting requests of a builder must have in common to be built together. Pure. The revision is not in it, nor the reason, which is for people; the scheduler's name is: builds can ask for it, and who asked for
/// a build may want it for itself.
/// </summary>
internal static class CollapseKey
{
    private const string Reason = "reason";

    /// <summary>Null: it is built for itself.</summary>
    public static string? Of(CollapseRule rule, NewBuildset set) => rule switch
    {
        CollapseRule.Never => null,
        CollapseRule.Always => Hash(Sources(set)),
        CollapseRule.Compatible => Hash([.. Sources(set), set.Scheduler, .. set.Properties.Where(p => p.Name != Reason).OrderBy(p => p.Name, StringComparer.Ordinal).SelectMany(p => new[] { p.Name, p.Value })]),
        _ => throw new System.Diagnostics.UnreachableException(),
    };

    private static IEnumerable<string?> Sources(NewBuildset set) =>
        set.SourceStamps.OrderBy(s => s.Codebase, StringComparer.Ordinal).SelectMany(s => new[] { s.Codebase, s.Project, s.Repository, s.Branch }).Append(FormattableString.Invariant($"{set.SourceStamps.Count}"));

    // Written as JSON first: no two lists of texts look alike.
    private static string Hash(IEnumerable<string?> parts) => Convert.ToHexString(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(parts.ToArray())));
}
