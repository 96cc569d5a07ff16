using System.Text.RegularExpressions;
using Weir.Worker.Journal;

namespace Weir.Worker.Directories;

/// <summary>Where shared directories lie below a worker's own one, and what they may be called: what an order says is not believed.</summary>
internal sealed partial class SharedPlaces(WorkDirectory work)
{
    private string Root => Path.Combine(work.State, "shared");
    private string Notes => Path.Combine(work.State, "shared-notes");
    private string Rubbish => Path.Combine(work.State, "shared-rubbish");

    /// <exception cref="BadPathException">In words for the log.</exception>
    public string Of(string name) => Path.Combine(Root, Checked(name));

    public string NoteOf(string name) => Path.Combine(Notes, Checked(name) + ".json");

    /// <summary>Those that are there, by name.</summary>
    public IReadOnlyList<string> Names() => !Directory.Exists(Root) ? [] : [.. Directory.EnumerateFileSystemEntries(Root).Select(p => Path.GetFileName(p)).Where(n => NameRegex().IsMatch(n)).Order(StringComparer.Ordinal)];

    /// <summary>Makes a directory that is not there. What stands in its place and is none (a build may have put a link there) goes, and is never followed.</summary>
    /// <returns>What was found instead, in words; null: all was well.</returns>
    /// <exception cref="BadPathException">In words for the log.</exception>
    public string? Make(string name)
    {
        var path = Of(name);
        try
        {
            Directory.CreateDirectory(Root);
            Directory.CreateDirectory(Notes);
            var found = Found(path);
            if (found is not null)
                File.Delete(path);
            Directory.CreateDirectory(path);
            return found;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BadPathException($"Cannot make the shared directory {name} ({path}): {e.Message}");
        }
    }

    /// <summary>Puts it aside, so that a new one can be made at once; <see cref="Empty"/> removes what lies there.</summary>
    public void Discard(string name)
    {
        Directory.CreateDirectory(Rubbish);
        var aside = Path.Combine(Rubbish, Path.GetRandomFileName());
        if (Found(Of(name)) is not null)
            File.Delete(Of(name));
        else if (Directory.Exists(Of(name)))
            Directory.Move(Of(name), aside);
        File.Delete(NoteOf(name));
    }

    /// <summary>Removes what was put aside.</summary>
    public void Empty()
    {
        if (Directory.Exists(Rubbish))
            Removal.Remove(Rubbish);
    }

    private static string? Found(string path) => new FileInfo(path) switch
    {
        { LinkTarget: { } target } => $"a link to {target}",
        { Exists: true } => "a file",
        _ => null,
    };

    private static string Checked(string name) => name.Length <= 64 && NameRegex().IsMatch(name) ? name : throw new BadPathException($"\"{name}\" cannot be the name of a shared directory.");

    [GeneratedRegex(@"^[a-z0-9]+(-[a-z0-9]+)*\z")]
    private static partial Regex NameRegex();
}
