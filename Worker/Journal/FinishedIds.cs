using System.Globalization;
using System.Text;
using Microsoft.Win32.SafeHandles;
using Weir.Shared.Protocol;

namespace Weir.Worker.Journal;

/// <summary>
/// Remembers the commands that were finished and forgotten, so that none is ever begun again. Keeps the last ten thousand or more. An id is written and not flushed: until <see cref="Flush"/> the promise to run the command
/// (<see cref="AcceptedOrders"/>) is on disk too, and under another boot that alone keeps it from being begun.
/// </summary>
internal sealed class FinishedIds
{
    private const int Keep = 10_000;
    private readonly string _path;
    private readonly Queue<long> _order = new();
    private readonly HashSet<long> _known = [];
    private SafeFileHandle? _file;

    public FinishedIds(WorkDirectory work)
    {
        _path = Path.Combine(work.State, "finished");
        if (!File.Exists(_path))
            return;
        // A torn last line (power cut) is one that was never promised.
        foreach (var line in File.ReadAllText(_path).Split('\n')[..^1])
        {
            if (long.TryParse(line, NumberStyles.None, CultureInfo.InvariantCulture, out var id) && _known.Add(id))
                _order.Enqueue(id);
        }
        Rewrite();
    }

    public bool Contains(long id) => _known.Contains(id);

    /// <summary>In the file when it returns: for whoever starts again on this boot.</summary>
    public void Add(long id)
    {
        if (!_known.Add(id))
            return;
        _order.Enqueue(id);
        if (_file is null || _order.Count > 2 * Keep)
        {
            Rewrite();
            return;
        }
        Crash.At("journal.finish.before-write");
        RandomAccess.Write(_file!, Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{id}\n")), RandomAccess.GetLength(_file!));
        Crash.At("journal.finish.after-write");
    }

    /// <summary>All that were added are on disk when it returns: to be called before a promise that was kept is taken out of its file.</summary>
    public void Flush()
    {
        if (_file is not null)
            RandomAccess.FlushToDisk(_file);
    }

    /// <summary>Another store: its ids mean other commands.</summary>
    public void Clear()
    {
        _known.Clear();
        _order.Clear();
        Rewrite();
    }

    private void Rewrite()
    {
        while (_order.Count > Keep)
            _known.Remove(_order.Dequeue());
        var text = string.Concat(_order.Select(id => string.Create(CultureInfo.InvariantCulture, $"{id}\n")));
        _file?.Dispose();
        _file = null;
        Durable.Write(_path, Encoding.ASCII.GetBytes(text), "journal.finished-rewrite");
        _file = File.OpenHandle(_path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete);
    }
}
