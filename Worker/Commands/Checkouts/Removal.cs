namespace Weir.Worker.Commands.Checkouts;

/// <summary>Empties a directory, also of directories that a tool made read-only.</summary>
internal static class Removal
{
    private const UnixFileMode Mine = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    public static void Empty(string directory)
    {
        foreach (var entry in new DirectoryInfo(directory).EnumerateFileSystemInfos())
        {
            if (entry is DirectoryInfo { LinkTarget: null } folder)
                Remove(folder);
            else
                entry.Delete();
        }
    }

    private static void Remove(DirectoryInfo folder)
    {
        try
        {
            folder.Delete(recursive: true);
        }
        catch (Exception e) when (e is UnauthorizedAccessException or IOException)
        {
            Open(folder);
            folder.Delete(recursive: true);
        }
    }

    private static void Open(DirectoryInfo folder)
    {
        folder.UnixFileMode |= Mine;
        foreach (var below in folder.EnumerateDirectories().Where(d => d.LinkTarget is null))
            Open(below);
    }
}
