namespace Weir.Worker.Directories;

/// <summary>Removes whole directories, also those in which a build has taken every right away from its own files. Links are removed, never followed.</summary>
internal static class Removal
{
    private static readonly EnumerationOptions Everything = new() { AttributesToSkip = 0, IgnoreInaccessible = false };

    public static void Remove(string directory)
    {
        try
        {
            Directory.Delete(directory, recursive: true);
        }
        catch (Exception e) when (e is UnauthorizedAccessException or IOException && Directory.Exists(directory))
        {
            GiveRights(new(directory));
            Directory.Delete(directory, recursive: true);
        }
    }

    /// <summary>Bytes of all files below it; of links only their own. What cannot be read does not count.</summary>
    public static long Size(string directory) =>
        new DirectoryInfo(directory).EnumerateFiles("*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint, IgnoreInaccessible = true }).Sum(f => f.Length);

    private static void GiveRights(DirectoryInfo directory)
    {
        directory.UnixFileMode |= UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
        foreach (var below in directory.EnumerateDirectories("*", Everything).Where(d => d.LinkTarget is null))
            GiveRights(below);
    }
}
