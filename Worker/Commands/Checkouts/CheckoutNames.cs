using System.Buffers;
using Weir.Shared.Protocol;
using Weir.Worker.Journal;
using Weir.Worker.Keeper;

namespace Weir.Worker.Commands.Checkouts;

/// <summary>Refuses names from outside that git would take for something else.</summary>
internal static class CheckoutNames
{
    private static readonly SearchValues<char> Special = SearchValues.Create(" ~^:?*[\\");

    public static void Check(CheckoutSpec spec)
    {
        if (spec.Repository.Length == 0)
            throw new CannotStartException("The order names no repository.");
        Check("repository", spec.Repository);
        Check("branch", spec.Branch);
        Check("revision", spec.Revision);
        if (spec.Branch is { Length: > 0 } branch && !IsRefName(branch))
            throw new CannotStartException($"\"{branch}\" cannot be the name of a branch.");
        if (spec.Revision is { Length: > 0 } revision && !IsRefName(revision))
            throw new CannotStartException($"\"{revision}\" cannot be the name of a revision.");
        if (!CheckoutSpec.Modes.Contains(spec.Mode))
            throw new CannotStartException($"There is no checkout mode \"{spec.Mode}\"; there are {string.Join(", ", CheckoutSpec.Modes)}.");
    }

    /// <summary>A link inside the build's directory could lead the cleaning anywhere.</summary>
    public static void CheckNoLinks(string root, string directory)
    {
        for (var at = directory; at.Length > root.Length; at = Path.GetDirectoryName(at)!)
        {
            if (new DirectoryInfo(at).LinkTarget is { } target)
                throw new BadPathException($"{at} is a link to {target}; a checkout does not follow it.");
        }
    }

    /// <summary>A path on this machine.</summary>
    public static bool IsLocal(string repository) =>
        repository.StartsWith('/') || repository.StartsWith('.') || repository.StartsWith("file://", StringComparison.Ordinal);

    public static bool IsFullHash(string revision) => revision.Length is 40 or 64 && revision.All(char.IsAsciiHexDigit);

    private static void Check(string what, string? name)
    {
        if (name is null)
            return;
        if (name.StartsWith('-'))
            throw new CannotStartException($"The {what} \"{name}\" begins with a dash; git would take it for an option.");
        if (name.Any(char.IsControl))
            throw new CannotStartException($"The {what} \"{name}\" holds a control character.");
    }

    // git check-ref-format, as far as it keeps a name from meaning something else in a refspec or an expression.
    private static bool IsRefName(string name) =>
        !name.AsSpan().ContainsAny(Special) && !name.Contains("..", StringComparison.Ordinal) && !name.Contains("@{", StringComparison.Ordinal)
        && !name.StartsWith('/') && !name.EndsWith('/') && !name.EndsWith('.') && !name.StartsWith('+');
}
