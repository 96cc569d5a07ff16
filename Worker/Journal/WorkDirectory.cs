using System.Globalization;

namespace Weir.Worker.Journal;

/// <summary>A directory that an order names is not one below the work directory.</summary>
internal sealed class BadPathException(string message) : Exception(message);

/// <summary>A worker's directory: the builds' directories, and in <c>.weir</c> what the worker itself keeps.</summary>
internal sealed class WorkDirectory
{
    public const string StateName = ".weir";

    /// <summary>The format of what lies in the directory: orders, frames, sessions. A later one is not read; the two before it will be.</summary>
    public const int NewestFormat = 1;

    public WorkDirectory(string root)
    {
        Root = Path.GetFullPath(root);
        State = Path.Combine(Root, StateName);
        Commands = Path.Combine(State, "commands");
    }

    public string Root { get; }
    public string State { get; }
    public string Commands { get; }
    public string AgentLock => Path.Combine(State, "agent.lock");
    public string Format => Path.Combine(State, "format");
    public string KeeperLock => Path.Combine(State, "keeper.lock");
    public string KeeperLog => Path.Combine(State, "keeper.log");
    public string KeeperIdentity => Path.Combine(State, "keeper.identity");

    /// <summary>Makes what is missing.</summary>
    /// <exception cref="IOException">A later release has worked here; in words.</exception>
    public void Create()
    {
        Directory.CreateDirectory(Root);
        // Orders and outputs are nobody else's business.
        Directory.CreateDirectory(State, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        Directory.CreateDirectory(Commands);
        // One without a number is of format 1, from before it was written down.
        if (!File.Exists(Format))
        {
            File.WriteAllText(Format + ".new", string.Create(CultureInfo.InvariantCulture, $"{NewestFormat}\n"));
            File.Move(Format + ".new", Format, overwrite: true);
        }
        else if (!int.TryParse(File.ReadAllText(Format).Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var format) || format > NewestFormat)
            throw new IOException($"A later release has worked in {Root} (its journal has format {File.ReadAllText(Format).Trim()}, this one reads {NewestFormat}). Start that release, or give this one a directory of its own.");
    }

    public string Command(long id) => Path.Combine(Commands, id.ToString(CultureInfo.InvariantCulture));
    public string Order(long id) => Path.Combine(Command(id), "order.json");
    public string Frames(long id) => Path.Combine(Command(id), "frames");

    /// <summary>Where a command keeps a key while it runs; gone with it.</summary>
    public string Private(long id) => Path.Combine(Command(id), "private");
    public string Output(long id) => Path.Combine(Command(id), "output");

    /// <summary>Ids of the commands that have a folder.</summary>
    public IEnumerable<long> Ids() =>
        from folder in Directory.EnumerateDirectories(Commands)
        let name = Path.GetFileName(folder)
        where name.All(char.IsAsciiDigit)
        let id = long.Parse(name, CultureInfo.InvariantCulture)
        orderby id
        select id;

    /// <summary>A build's directory, and a path below it. Both are checked: nothing outside of the work directory, nothing in <c>.weir</c>.</summary>
    /// <exception cref="BadPathException">In words for the log.</exception>
    public string Below(string directory, string path = ".")
    {
        Check("directory", directory);
        Check("path", path);
        var build = Path.GetFullPath(Path.Combine(Root, directory));
        if (build == Root || build == State || build.StartsWith(State + "/", StringComparison.Ordinal))
            throw new BadPathException($"The directory \"{directory}\" is not one for builds.");
        return Path.TrimEndingDirectorySeparator(Path.GetFullPath(Path.Combine(build, path)));
    }

    /// <summary>Makes a build's directory.</summary>
    /// <exception cref="BadPathException">In words for the log.</exception>
    public static void Make(string directory)
    {
        try
        {
            Directory.CreateDirectory(directory);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BadPathException($"Cannot make the directory {directory}: {e.Message}");
        }
    }

    private static void Check(string what, string path)
    {
        if (path.Length == 0 || path.Contains('\0', StringComparison.Ordinal) || Path.IsPathRooted(path) || path.Split('/').Contains(".."))
            throw new BadPathException($"The {what} \"{path}\" does not stay below the work directory.");
    }
}
