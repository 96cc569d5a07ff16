using System.Buffers;
using System.Text;
using Weir.Shared.Logs;

namespace Weir.Engine.Logs;

/// <summary>The lines of a chunk as they are shown, one behind the other, each with a newline; buffers are kept from chunk to chunk.</summary>
internal sealed class LogText : IDisposable
{
    // What a terminal would obey or drop.
    private static readonly SearchValues<char> Controls =
        SearchValues.Create([.. Enumerable.Range(0, 0xa0).Where(c => c is < 0x20 or > 0x7e).Except(['\t', '\n']).Select(c => (char)c)]);

    private readonly byte[] _bytes = ArrayPool<byte>.Shared.Rent(LogChunk.MaxPlain);
    private readonly char[] _chars = ArrayPool<char>.Shared.Rent(LogChunk.MaxPlain);
    private AnsiReader? _reader;

    /// <summary>The text of a chunk; it is good until the next is read.</summary>
    public ReadOnlySpan<char> Read(LogChunkRow chunk)
    {
        var (bytes, lines) = chunk.Text(_bytes, 0);
        var length = Encoding.UTF8.GetChars(_bytes.AsSpan(0, bytes), _chars);
        var text = _chars.AsSpan(0, length);
        return text.ContainsAny(Controls) || text.Count('\n') != lines ? Shown(chunk) : text;
    }

    // Colours stand between the letters of a word, and a line that was written over shows its last state.
    private string Shown(LogChunkRow chunk)
    {
        _reader ??= new(most: LogChunk.MaxBytes / 2);
        var text = new StringBuilder();
        foreach (var line in chunk.Lines())
        {
            var shown = line.Text.Replace('\n', ' ');
            if (!shown.AsSpan().ContainsAny(Controls))
                text.Append(shown);
            else
                foreach (var span in _reader.Read(shown, out _))
                    text.Append(span.Text);
            text.Append('\n');
        }
        return text.ToString();
    }

    public void Dispose()
    {
        ArrayPool<byte>.Shared.Return(_bytes);
        ArrayPool<char>.Shared.Return(_chars);
    }
}
