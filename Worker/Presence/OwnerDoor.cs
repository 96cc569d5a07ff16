using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Weir.Worker.Journal;
using Weir.Worker.Keeper;

namespace Weir.Worker.Presence;

/// <summary>Where the owner of the machine is heard: a socket in the work directory, open as long as the agent runs. A signal could reach a process that has taken over the agent's number; this cannot.</summary>
internal sealed partial class OwnerDoor : IAsyncDisposable
{
    private readonly OwnerView _view;
    private readonly ILogger _logger;
    private readonly Socket _listener;
    private readonly CancellationTokenSource _closing = new();
    private readonly Task _serving;

    /// <summary>Call it only with the agent's lock in hand.</summary>
    /// <param name="work">Where.</param>
    /// <param name="view">What can be told, and who takes what is asked.</param>
    /// <param name="logger">For the worker's log.</param>
    public OwnerDoor(WorkDirectory work, OwnerView view, ILogger logger)
    {
        (_view, _logger) = (view, logger);
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
                var trouble = Obey(order);
                var status = _view.Status;
                lines.Send(new(status.Builds.Count) { Status = status, Trouble = trouble, Lines = order.Do == OwnerVerb.Logs ? _view.Log.Last(Math.Clamp(order.Lines, 1, 1000)) : null });
                if (order.Do == OwnerVerb.Go)
                    _view.Departure.AskNow();
            }
        }
        catch (OperationCanceledException)
        {
            // the agent ends
        }
    }

    // Null: it is obeyed.
    private string? Obey(OwnerOrder order)
    {
        switch (order.Do)
        {
            case OwnerVerb.Go:
                LogGo();
                break;
            case OwnerVerb.Finish:
                if (!_view.Departure.IsAsked)
                    LogFinish(_view.Status.Builds.Count);
                _view.Departure.Ask();
                break;
            case OwnerVerb.Away:
                return Kept(order.Away ?? new(null, null), LogAway);
            case OwnerVerb.Back:
                return Kept(null, LogBack);
            default:
                break;
        }
        return null;
    }

    private string? Kept(Absence? away, Action log)
    {
        if (_view.Presence.Say(away) is { } trouble)
            return trouble;
        log();
        return null;
    }

    [LoggerMessage(LogLevel.Information, "The owner is using this machine: taking nothing new until told otherwise.")]
    private partial void LogAway();

    [LoggerMessage(LogLevel.Information, "The owner is done with this machine: taking builds again.")]
    private partial void LogBack();

    [LoggerMessage(LogLevel.Information, "Told to stop: taking nothing new; {Running} command(s) run.")]
    private partial void LogFinish(int running);

    [LoggerMessage(LogLevel.Information, "Told to stop at once.")]
    private partial void LogGo();
}
