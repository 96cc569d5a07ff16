using System.Text.Json;
using Microsoft.Win32.SafeHandles;
using Weir.Shared.Protocol;

namespace Weir.Worker.Journal;

/// <summary>
/// The promises, one behind the other in one file: each costs one write and one flush. An order lies in its command's directory too, for the keeper and for whoever starts again; that one is not flushed, and is made anew
/// from here when a power cut has taken it. Lines of JSON, the last of a command counts; written anew without the finished ones at each start and whenever it has grown.
/// </summary>
internal sealed class AcceptedOrders
{
    private const long MaxBytes = 4 << 20;
    private readonly string _path;
    private readonly FinishedIds _finished;
    private readonly Dictionary<long, AcceptedOrder> _open = [];
    private SafeFileHandle? _file;
    private long _length;

    public AcceptedOrders(WorkDirectory work, FinishedIds finished)
    {
        _finished = finished;
        _path = Path.Combine(work.State, "accepted");
        if (!File.Exists(_path))
            return;
        foreach (var line in File.ReadAllText(_path).Split('\n'))
        {
            if (TryRead(line) is { } order)
                _open[order.Command] = order;
        }
    }

    /// <summary>What was promised, as far as it was not taken out since.</summary>
    public IReadOnlyCollection<AcceptedOrder> Open => _open.Values;

    /// <summary>On disk when it returns.</summary>
    public void Add(AcceptedOrder order)
    {
        if (_file is null || _length > MaxBytes)
            Rewrite([.. _open.Values]);
        byte[] line = [.. JsonSerializer.SerializeToUtf8Bytes(order, JournalJson.Default.AcceptedOrder), (byte)'\n'];
        try
        {
            RandomAccess.Write(_file!, line, _length);
            Crash.At("journal.accept.before-sync");
            RandomAccess.FlushToDisk(_file!);
        }
        catch (IOException)
        {
            // Whatever stands there now, the next one begins where this one began; and nobody reads it before the file is written anew.
            RandomAccess.SetLength(_file!, _length);
            throw;
        }
        _length += line.Length;
        _open[order.Command] = order;
    }

    /// <summary>It is finished, or was never promised: gone with the next rewriting.</summary>
    public void Remove(long command) => _open.Remove(command);

    /// <summary>From now on these, and what is added.</summary>
    public void Rewrite(IEnumerable<AcceptedOrder> open)
    {
        _finished.Flush();
        _file?.Dispose();
        _file = null;
        _open.Clear();
        foreach (var order in open)
            _open[order.Command] = order;
        var text = _open.Values.SelectMany(o => (byte[])[.. JsonSerializer.SerializeToUtf8Bytes(o, JournalJson.Default.AcceptedOrder), (byte)'\n']).ToArray();
        Durable.Write(_path, text, "journal.accepted-rewrite");
        _file = File.OpenHandle(_path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete);
        _length = text.Length;
    }

    // A torn line (power cut) is one that was never promised. One of a later release says nothing to this one; its directory does.
    private static AcceptedOrder? TryRead(string line)
    {
        try
        {
            return line.Length == 0 ? null : JsonSerializer.Deserialize(line, JournalJson.Default.AcceptedOrder);
        }
        catch (Exception e) when (e is JsonException or NotSupportedException)
        {
            return null;
        }
    }
}
