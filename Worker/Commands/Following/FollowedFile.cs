using Microsoft.Win32.SafeHandles;
using Weir.Shared.Logs;
using Weir.Shared.Protocol;
using Weir.Worker.Commands.Masking;

namespace Weir.Worker.Commands.Following;

/// <summary>
/// A file that grows while a command runs, read into a log of its own. What stood in it before the command began is not read. If it is cut short, written anew or replaced (a rotated
/// log), the rest of the old one is read as far as it is there, then the new one from its beginning.
/// </summary>
internal sealed class FollowedFile : IDisposable
{
    private const int Fingerprint = 64;
    private readonly FollowedLog _what;
    private readonly string _path;
    private readonly OutputStream _stream;
    private readonly CommandLog _log;
    private readonly FileState? _atStart;
    private readonly byte[] _known = new byte[Fingerprint];
    private readonly byte[] _there = new byte[Fingerprint];
    private SafeFileHandle? _handle;
    private FileState _open;
    private long _position;
    private int _knownLength;
    private bool _seen;
    private bool _givenUp;

    public FollowedFile(FollowedLog what, string directory, CommandLog log, Masker? masker)
    {
        _what = what;
        _path = Path.Combine(directory, what.Path);
        _log = log;
        _stream = new(LogStream.Stdout, log.Open(what.Name), masker);
        _atStart = FileState.Of(_path);
        if (_atStart is { Regular: true, Length: > 0 } before)
            RememberEnd(before.Length);
    }

    /// <summary>So many bytes have come.</summary>
    public long Came { get; private set; }

    /// <summary>Reads some of what has come; true if there is more.</summary>
    public bool Read()
    {
        if (_givenUp)
            return false;
        try
        {
            if (FileState.Of(_path) is { } now && (_handle is null || !now.SameFile(_open)))
            {
                if (_handle is not null && ReadOn())
                    return true; // first to the end of the one that was replaced
                Open(now);
            }
            return _handle is not null && ReadOn();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            GiveUp(e.Message);
            return false;
        }
    }

    /// <summary>The command is over, and all that came was read.</summary>
    public void End()
    {
        _stream.End();
        if (!_seen && !_givenUp)
            _log.Header(_atStart is null ? $"The log {_what.Name} is empty: the file {_what.Path} was never there." : $"The log {_what.Name} is empty: the file {_what.Path} is from before, and did not change.");
    }

    public void Dispose() => _handle?.Dispose();

    private void Open(FileState now)
    {
        // A file from before that has not grown may still be replaced: it is not looked at until something happens to it.
        var old = _handle is null && !_seen && _atStart is { } before && before.SameFile(now);
        if (old && now == _atStart)
            return;
        if (!now.Regular)
        {
            GiveUp("it is no ordinary file");
            return;
        }
        _handle?.Dispose();
        _handle = File.OpenHandle(_path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        _open = now;
        _position = old ? _atStart!.Value.Length : 0;
        if (!old)
            _knownLength = 0;
        if (_seen)
            _stream.End();
        _seen = true;
    }

    private bool ReadOn()
    {
        var length = RandomAccess.GetLength(_handle!);
        if (length < _position || !IsWhatWasRead())
        {
            _log.Header($"The file {_what.Path} was written anew; following it from its beginning.");
            _stream.End();
            (_position, _knownLength) = (0, 0);
        }
        if (length <= _position)
            return false;
        var room = _stream.Room;
        var count = RandomAccess.Read(_handle!, room, _position);
        if (count == 0)
            return false;
        Remember(room[..count]);
        _position += count;
        Came += count;
        _stream.Took(count);
        return _position < length;
    }

    // The last bytes that were read must still stand where they stood: a file can be cut and grow again between two looks.
    private bool IsWhatWasRead() =>
        _knownLength == 0 || (RandomAccess.Read(_handle!, _there.AsSpan(0, _knownLength), _position - _knownLength) == _knownLength && _there.AsSpan(0, _knownLength).SequenceEqual(_known.AsSpan(0, _knownLength)));

    private void Remember(ReadOnlySpan<byte> bytes)
    {
        var from = bytes[^Math.Min(bytes.Length, Fingerprint)..];
        var keep = Math.Min(_knownLength, Fingerprint - from.Length);
        _known.AsSpan(_knownLength - keep, keep).CopyTo(_known);
        from.CopyTo(_known.AsSpan(keep));
        _knownLength = keep + from.Length;
    }

    private void RememberEnd(long length)
    {
        try
        {
            using var file = File.OpenHandle(_path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            _knownLength = RandomAccess.Read(file, _known.AsSpan(0, (int)Math.Min(length, Fingerprint)), Math.Max(0, length - Fingerprint));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            GiveUp(e.Message);
        }
    }

    private void GiveUp(string why)
    {
        _givenUp = true;
        _log.Header($"The file {_what.Path} cannot be followed: {why}");
    }
}
