using Weir.Shared.Logs;
using Weir.Worker.Commands.Masking;

namespace Weir.Worker.Commands;

/// <summary>One stream of bytes on its way into a log: secrets taken out, the beginning kept if somebody wants it, cut into lines.</summary>
internal sealed class OutputStream
{
    private readonly LineCutter _cutter;
    private readonly LogLines _log;
    private readonly Capture? _capture;
    private readonly MaskedStream? _masked;
    private readonly byte[] _room = [];

    public OutputStream(LogStream stream, LogLines log, Masker? masker, Capture? capture = null)
    {
        _cutter = new(stream);
        _log = log;
        _capture = capture;
        if (masker is null)
            return;
        _masked = new(masker, (bytes, from, count) => Put(bytes.AsSpan(from, count)));
        _room = new byte[64 * 1024];
    }

    /// <summary>Where the next bytes may be put.</summary>
    public Span<byte> Room => _masked is null ? _cutter.Room : _room;

    /// <summary>So many bytes were put into <see cref="Room"/>.</summary>
    public void Took(int count)
    {
        if (_masked is not null)
        {
            _masked.Feed(_room.AsSpan(0, count));
            return;
        }
        _capture?.Took(_cutter.Room[..count]);
        _cutter.Took(count, _log);
    }

    /// <summary>The stream is over.</summary>
    public void End()
    {
        _masked?.End();
        _cutter.End(_log);
    }

    private void Put(ReadOnlySpan<byte> bytes)
    {
        _capture?.Took(bytes);
        while (bytes.Length > 0)
        {
            var room = _cutter.Room;
            var count = Math.Min(room.Length, bytes.Length);
            bytes[..count].CopyTo(room);
            _cutter.Took(count, _log);
            bytes = bytes[count..];
        }
    }
}
