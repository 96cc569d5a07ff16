using System.Threading.Channels;
using Weir.Shared.Events;

namespace Weir.App.Server.Events;

/// <summary>
/// One listener: what it wants, in which form, and what waits to be written to it. A listener that lets too much wait is cut; it comes back with the last number it has,
/// and what it missed is read from the store instead of being kept here.
/// </summary>
internal sealed class EventConnection(string form, Func<WeirEvent, bool> wants, Func<RenderedEvent, IEnumerable<ReadOnlyMemory<byte>>> shape)
{
    public const int MostMessages = 5000;
    public const int MostBytes = 4 * 1024 * 1024;

    private readonly Channel<ReadOnlyMemory<byte>> _waiting = Channel.CreateUnbounded<ReadOnlyMemory<byte>>(new() { SingleReader = true });
    private int _messages;
    private int _bytes;
    private volatile bool _wasCut;

    public string Form => form;
    public bool WasCut => _wasCut;

    /// <summary>Set by listeners that want to hear of logs' new lines.</summary>
    public Func<BuildbotMessage, ReadOnlyMemory<byte>?>? OnGrowth { get; init; }

    public bool Wants(WeirEvent e) => !_wasCut && wants(e);

    public IEnumerable<ReadOnlyMemory<byte>> Shape(RenderedEvent rendered) => shape(rendered);

    public void Offer(RenderedEvent rendered)
    {
        foreach (var message in shape(rendered))
            Offer(message);
    }

    /// <summary>False if this was too much: from then on nothing more is taken.</summary>
    public bool Offer(ReadOnlyMemory<byte> message)
    {
        if (_wasCut)
            return false;
        if (Interlocked.Increment(ref _messages) > MostMessages || Interlocked.Add(ref _bytes, message.Length) > MostBytes)
            return Cut();
        return _waiting.Writer.TryWrite(message);
    }

    /// <summary>Ends the connection; its client comes again.</summary>
    public bool Cut()
    {
        _wasCut = true;
        _waiting.Writer.TryComplete();
        return false;
    }

    /// <summary>True when there is something; false when it was cut.</summary>
    public ValueTask<bool> WaitForMessages(CancellationToken cancellation) => _waiting.Reader.WaitToReadAsync(cancellation);

    public bool TryTake(out ReadOnlyMemory<byte> message)
    {
        if (_wasCut || !_waiting.Reader.TryRead(out message))
        {
            message = default;
            return false;
        }
        Interlocked.Decrement(ref _messages);
        Interlocked.Add(ref _bytes, -message.Length);
        return true;
    }
}
