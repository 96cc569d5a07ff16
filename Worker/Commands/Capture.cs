using System.Buffers;
using System.Text;

namespace Weir.Worker.Commands;

/// <summary>Keeps the beginning of standard output.</summary>
internal sealed class Capture
{
    /// <summary>Not more than so many bytes.</summary>
    public const int Limit = 64 * 1024;
    private readonly ArrayBufferWriter<byte> _kept = new();

    public string Text => Encoding.UTF8.GetString(_kept.WrittenSpan);

    public void Took(ReadOnlySpan<byte> bytes) => _kept.Write(bytes[..Math.Min(bytes.Length, Limit - _kept.WrittenCount)]);
}
