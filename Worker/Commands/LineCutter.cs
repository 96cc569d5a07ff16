using Weir.Shared.Logs;
using Weir.Shared.Protocol;

namespace Weir.Worker.Commands;

/// <summary>Cuts one stream into lines and keeps the unfinished one. All bytes come out again, whatever they are.</summary>
internal sealed class LineCutter(LogStream stream)
{
    private readonly byte[] _buffer = new byte[4 * WorkerProtocol.MaxLine];
    private int _from;
    private int _to;

    /// <summary>Where the next bytes may be put; at least three quarters of the buffer.</summary>
    public Span<byte> Room
    {
        get
        {
            if (_from > 0)
            {
                _buffer.AsSpan(_from.._to).CopyTo(_buffer);
                (_from, _to) = (0, _to - _from);
            }
            return _buffer.AsSpan(_to);
        }
    }

    /// <summary>So many bytes were put into <see cref="Room"/>.</summary>
    public void Took(int count, LogLines log)
    {
        var at = log.Now;
        var searched = _to;
        _to += count;
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
