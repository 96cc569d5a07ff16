using System.Globalization;
using System.Text;

namespace Weir.Worker.Keeper;

/// <summary>
/// Finds every process of a command: its session, its descendants, whoever carries its mark in the environment, and (while no other command runs) the
/// orphans that came to the keeper. So a grandchild that ignores TERM, opens its own session or becomes a daemon is found all the same.
/// </summary>
/// <param name="keeper">The process that adopts orphans; never part of a tree.</param>
/// <param name="mark">An environment entry, <c>NAME=value</c>.</param>
internal sealed class ProcessTree(int keeper, string mark)
{
    private readonly byte[] _mark = Encoding.UTF8.GetBytes(mark);
    private readonly HashSet<int> _sessions = [];
    private ulong _began = ulong.MaxValue;

    /// <summary>Names a first process (the leader of its own session).</summary>
    public void Add(int process)
    {
        _sessions.Add(process);
        if (Read(process) is { } entry)
            _began = Math.Min(_began, entry.Began);
    }

    /// <summary>The living processes of the command.</summary>
    /// <param name="alone">No other command runs: orphans younger than this command are its own.</param>
    public IReadOnlyList<int> Find(bool alone)
    {
        var all = new List<Entry>();
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(folder.AsSpan()), NumberStyles.None, CultureInfo.InvariantCulture, out var process) && Read(process) is { Zombie: false } entry)
                all.Add(entry);
        }
        var found = new HashSet<int>();
        foreach (var entry in all)
        {
            if (_sessions.Contains(entry.Session) || (alone && entry.Parent == keeper && entry.Began >= _began) || HasMark(entry.Process))
                found.Add(entry.Process);
        }
        var children = all.ToLookup(e => e.Parent, e => e.Process);
        var open = new Stack<int>(found);
        while (open.TryPop(out var parent))
        {
            foreach (var child in children[parent])
            {
                if (found.Add(child))
                    open.Push(child);
            }
        }
        found.Remove(keeper);
        found.Remove(Environment.ProcessId);
        return [.. found];
    }

    /// <summary>Sends a signal to all of them; true if there was any.</summary>
    public bool Signal(int signal, bool alone)
    {
        var processes = Find(alone);
        foreach (var process in processes)
            _ = Libc.Kill(process, signal);
        return processes.Count > 0;
    }

    private bool HasMark(int process)
    {
        try
        {
            var environment = File.ReadAllBytes($"/proc/{process}/environ").AsSpan();
            while (environment.Length > 0)
            {
                var end = environment.IndexOf((byte)0);
                var entry = end < 0 ? environment : environment[..end];
                if (entry.SequenceEqual(_mark))
                    return true;
                environment = end < 0 ? [] : environment[(end + 1)..];
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // gone, or another user's
        }
        return false;
    }

    // pid (name, which may hold anything) state parent group session … started
    private static Entry? Read(int process)
    {
        try
        {
            var text = File.ReadAllText($"/proc/{process}/stat");
            if (text.LastIndexOf(')') is not (> 0 and var name))
                return null;
            var fields = text[(name + 2)..].Split(' ');
            return new(process, Number(fields[1]), Number(fields[3]), fields[0] is "Z" or "X", ulong.Parse(fields[19], CultureInfo.InvariantCulture));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);

    private sealed record Entry(int Process, int Parent, int Session, bool Zombie, ulong Began);
}
