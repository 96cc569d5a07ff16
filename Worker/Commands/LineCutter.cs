using Weir.Shared.Logs;
using Weir.Shared.Protocol;

namespace Weir.Worker.Commands;

/// <summary>Cuts one stream into lines and keeps the unfinished one. All bytes come out again, whatever they are.</summary>
internal sealed class LineCutter(LogStream stream)
{
    // Most commands say little: what they need is cleared and touched, and not more.
    private const int Beginning = 4 * 1024;
    private const int Largest = 4 * WorkerProtocol.MaxLine;

    private byte[] _buffer = new byte[Beginning];
    private int _from;
    private int _to;
    private bool _filled;

    /// <summary>Where the next bytes may be put; never empty, as no unfinished line is longer than a quarter of the largest buffer.</summary>
    public Span<byte> Room
    {
        get
        {
            if (_from > 0)
            {
                _buffer.AsSpan(_from.._to).CopyTo(_buffer);
                (_from, _to) = (0, _to - _from);
            }
            if ((_filled || _to > _buffer.Length / 2) && _buffer.Length < Largest)
                Array.Resize(ref _buffer, Math.Min(4 * _buffer.Length, Largest));
            _filled = false;
            return _buffer.AsSpan(_to);
        }
    }

    /// <summary>So many bytes were put into <see cref="Room"/>.</summary>
    public void Took(int count, LogLines log)
    {
        var at = log.Now;
        var searched = _to;
        _to += count;
        _filled = _to == _buffer.Length;
        while (true)
        {
            var end = _buffer.AsSpan(searched.._to).IndexOf((byte)'\n');
            var length = end < 0 ? _to - _from : searched + end - _from;
            if (length > WorkerProtocol.MaxLine)
            {
                log.Line(stream, LineEnd.Cut, _buffer.AsSpan(_from, WorkerProtocol.MaxLine), at);
                _from += WorkerProtocol.MaxLine;
                searched = Math.Max(searched, _from);
            }
            else if (end < 0)
            {
                return;
            }
            else
            {
                log.Line(stream, LineEnd.Newline, _buffer.AsSpan(_from, length), at);
                _from += length + 1;
                searched = _from;
            }
        }
    }

    /// <summary>The stream is over: what is left is a line without a newline.</summary>
    public void End(LogLines log)
    {
        if (_to > _from)
            log.Line(stream, LineEnd.EndOfStream, _buffer.AsSpan(_from.._to), log.Now);
        _from = _to = 0;
    }
}
