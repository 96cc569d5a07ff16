using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Weir.Worker.Journal;
using Weir.Worker.Keeper;

namespace Weir.Worker.Presence;

/// <summary>Where the owner of the machine is heard: a socket in the work directory, open as long as the agent runs. A signal could reach a process that has taken over the agent's number; this cannot.</summary>
internal sealed partial class OwnerDoor : IAsyncDisposable
{
    private readonly Departure _departure;
    private readonly Func<int> _running;
    private readonly ILogger _logger;
    private readonly Socket _listener;
    private readonly CancellationTokenSource _closing = new();
    private readonly Task _serving;

    /// <summary>Call it only with the agent's lock in hand.</summary>
    /// <param name="work">Where.</param>
    /// <param name="departure">Takes what is asked.</param>
    /// <param name="running">How many commands run.</param>
    /// <param name="logger">For the worker's log.</param>
    public OwnerDoor(WorkDirectory work, Departure departure, Func<int> running, ILogger logger)
    {
        (_departure, _running, _logger) = (departure, running, logger);
        _listener = LocalSocket.Listen(work, LocalSocket.Agent);
        _serving = Accept();
    }

    public async ValueTask DisposeAsync()
    {
        await _closing.CancelAsync();
        _listener.Dispose();
        await _serving;
        _closing.Dispose();
    }

    private async Task Accept()
    {
        var open = new List<Task>();
        try
        {
            while (true)
            {
                var socket = await _listener.AcceptAsync(_closing.Token);
                open.RemoveAll(t => t.IsCompleted);
                open.Add(Serve(socket));
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // the agent ends
        }
        await Task.WhenAll(open);
    }

    // Stays connected until the agent ends: that is how the other side knows.
    private async Task Serve(Socket socket)
    {
        await using var lines = new JsonLines<OwnerNews, OwnerOrder>(socket, OwnerJson.Default.OwnerNews, OwnerJson.Default.OwnerOrder);
        try
        {
            while (await lines.Receive(_closing.Token) is { } order)
            {
                var running = _running();
                lines.Send(new(running));
                if (order.Do == OwnerVerb.Go)
                {
                    LogGo();
                    _departure.AskNow();
                    continue;
                }
                if (!_departure.IsAsked)
                    LogFinish(running);
                _departure.Ask();
            }
        }
        catch (OperationCanceledException)
        {
            // the agent ends
        }
    }

    [LoggerMessage(LogLevel.Information, "Told to stop: taking nothing new; {Running} command(s) run.")]
    private partial void LogFinish(int running);

    [LoggerMessage(LogLevel.Information, "Told to stop at once.")]
    private partial void LogGo();
}
