using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.SignalR.Client;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Weir.Shared.Protocol;

namespace Weir.Worker.Connection;

/// <summary>One connection to an engine, from its opening to its end: hello, verdicts, then orders in, pieces out, beats.</summary>
internal sealed partial class EngineSession : IAsyncDisposable
{
    private static readonly TimeSpan AnswerPatience = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan ClosingPatience = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan StorePatience = TimeSpan.FromSeconds(60);

    private readonly HubConnection _hub;
    private readonly Orders _orders;
    private readonly Shipping _shipping;
    private readonly Pulse _toShip;
    private readonly Departing _departing;
    private readonly Attending _attending;
    private readonly SharedWatch _shared;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly TaskCompletionSource<SessionEnd> _over = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<long> _welcomed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _progress;

    public EngineSession(Uri hub, string token, Orders orders, Shipping shipping, Pulse toShip, Departing departing, Attending attending, SharedWatch shared, TimeProvider time, ILogger logger)
    {
        _orders = orders;
        _shipping = shipping;
        _toShip = toShip;
        _departing = departing;
        _attending = attending;
        _shared = shared;
        _time = time;
        _logger = logger;
        var builder = new HubConnectionBuilder();
        builder.AddJsonProtocol(static o => o.PayloadSerializerOptions.TypeInfoResolver = ProtocolJson.Default);
        builder.Services.AddSingleton<EndPoint>(new HubEndPoint(hub));
        builder.Services.AddSingleton<IConnectionFactory>(new WebSocketConnectionFactory(token, time));
        _hub = builder.WithKeepAliveInterval(WorkerProtocol.Ping).WithServerTimeout(WorkerProtocol.Silence).Build();
        _hub.Closed += error => End(new SessionEnd.Broken(error?.Message ?? "The engine closed the connection.", error is TimeoutException));
        _hub.On<StartOrder>(nameof(IWorkerClient.Start), Start);
        _hub.On<InterruptOrder>(nameof(IWorkerClient.Interrupt), order => Take(session => _orders.Interrupt(session, order)));
        _hub.On<Acknowledgement>(nameof(IWorkerClient.Applied), Applied);
        _hub.On<long, long>(nameof(IWorkerClient.Forget), (session, command) => Take(current => _orders.Forget(current, session, command)));
        _hub.On<string, IReadOnlyList<string>>(nameof(IWorkerClient.Leave), (reason, addresses) => End(new SessionEnd.SentAway(reason, addresses)));
        _hub.On<IReadOnlyList<string>>(nameof(IWorkerClient.Engines), addresses => Engines(addresses));
        _hub.On<long, string, long>(nameof(IWorkerClient.Remove), (of, directory, uses) => Take(session =>
        {
            if (session == of)
                _shared.Remove(directory, uses);
        }));
        _hub.On<long>(nameof(IWorkerClient.Finished), finished => Take(session =>
        {
            if (session == finished && _departing.IsAsked)
                _ = End(new SessionEnd.Finished());
        }));
    }

    /// <summary>Called when the engine names the active engines anew.</summary>
    public Action<IReadOnlyList<string>> Engines { get; init; } = _ => { };

    /// <summary>Talks until it is over. <paramref name="welcomed"/> is called when orders may come.</summary>
    public async Task<SessionEnd> Run(Func<Hello> hello, Action<Welcome> welcomed, CancellationToken stopping)
    {
        try
        {
            await _hub.StartAsync(stopping).WaitAsync(AnswerPatience, _time, stopping);
            Crash.At("agent.hello.before-send");
            var welcome = await _hub.InvokeAsync<Welcome>(nameof(IWorkerHub.Hello), hello(), stopping).WaitAsync(AnswerPatience, _time, stopping);
            Crash.At("agent.hello.after-answer");
            if (welcome.Refusal is { } refusal)
                return welcome.Addresses.Count > 0 ? new SessionEnd.SentAway(refusal, welcome.Addresses) : new SessionEnd.Refused(refusal, welcome.Final);
            if (welcome.Protocol is < WorkerProtocol.Oldest or > WorkerProtocol.Newest)
                return new SessionEnd.Refused($"It speaks protocol {welcome.Protocol}; this worker speaks {WorkerProtocol.Oldest} to {WorkerProtocol.Newest}.", Final: false);
            if (await _orders.TakeIn(welcome, stopping) is { } end)
                return end;
            _orders.Trouble = reason => End(new SessionEnd.Broken(reason));
            _welcomed.SetResult(welcome.Session);
            Volatile.Write(ref _progress, _time.GetTimestamp());
            using var ending = CancellationTokenSource.CreateLinkedTokenSource(stopping);
            var beating = Beat(welcome, welcomed, ending.Token);
            var sending = Ship(welcome.Session, ending.Token);
            var departing = _departing.Run(_hub, welcome, ending.Token);
            var attending = Task.WhenAll(_attending.Run(_hub, welcome, ending.Token), _shared.Tell(_hub, welcome, ending.Token));
            var over = await Task.WhenAny(_over.Task, beating, sending, departing);
            if (_hub.State != HubConnectionState.Connected)
                await Task.WhenAny(_over.Task, Task.Delay(ClosingPatience, _time, stopping)); // the connection's own words are better than those of who noticed
            var why = _over.Task.IsCompletedSuccessfully ? await _over.Task : await (Task<SessionEnd>)over;
            await ending.CancelAsync();
            await Task.WhenAll(beating, sending, departing, attending);
            return why;
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            return new SessionEnd.Stopped();
        }
        catch (TokenRefusedException e)
        {
            return new SessionEnd.Refused(e.Message, Final: true);
        }
        catch (Exception e)
        {
            return new SessionEnd.Broken(Why(e));
        }
    }

    public async ValueTask DisposeAsync()
    {
        _welcomed.TrySetCanceled();
        await _hub.DisposeAsync();
    }

    // From the outermost to the innermost, which often is the only one that helps (a certificate, a name that is not known).
    private static string Why(Exception failure)
    {
        var why = "";
        for (var e = failure; e is not null; e = e.InnerException)
        {
            var said = e.Message.Replace(", see inner exception.", ".", StringComparison.Ordinal);
            if (!why.Contains(said.TrimEnd('.'), StringComparison.Ordinal))
                why = why.Length == 0 ? said : $"{why.TrimEnd('.')}: {said}";
        }
        return why;
    }

    private Task End(SessionEnd end)
    {
        _over.TrySetResult(end);
        return Task.CompletedTask;
    }

    // The first beat tells the engine that orders may come, so it is not sent before everything of the welcome is taken in.
    private async Task<SessionEnd> Beat(Welcome welcome, Action<Welcome> welcomed, CancellationToken ending)
    {
        try
        {
            var first = true;
            while (true)
            {
                if (!await _hub.InvokeAsync<bool>(nameof(IWorkerHub.Beat), welcome.Session, ending).WaitAsync(AnswerPatience, _time, ending))
                    return new SessionEnd.Broken("The engine says that this session is no longer in force.");
                if (first)
                    welcomed(welcome);
                first = false;
                if (_shipping.Waiting && _time.GetElapsedTime(Volatile.Read(ref _progress)) > StorePatience)
                    return new SessionEnd.Broken($"The engine has stored nothing for {StorePatience.TotalSeconds:0} s.");
                await Task.Delay(WorkerProtocol.Ping, _time, ending);
            }
        }
        catch (OperationCanceledException) when (ending.IsCancellationRequested)
        {
            return new SessionEnd.Stopped();
        }
        catch (Exception e)
        {
            return new SessionEnd.Broken(e.Message, e is TimeoutException);
        }
    }

    private async Task<SessionEnd> Ship(long session, CancellationToken ending)
    {
        try
        {
            while (true)
            {
                var before = _shipping.Waiting;
                if (_shipping.Next(session) is { } piece)
                {
                    if (!before)
                        Volatile.Write(ref _progress, _time.GetTimestamp());
                    Crash.At("agent.piece.before-send");
                    await _hub.SendAsync(nameof(IWorkerHub.Append), piece, ending);
                    Crash.At("agent.piece.after-send");
                }
                else
                {
                    await _toShip.Wait(ending);
                }
            }
        }
        catch (OperationCanceledException) when (ending.IsCancellationRequested)
        {
            return new SessionEnd.Stopped();
        }
        catch (Exception e)
        {
            return new SessionEnd.Broken(e.Message);
        }
    }

    private Task Start(StartOrder order) => Take(session =>
    {
        if (_orders.Start(session, order) is not { } refusal)
            return;
        LogRefused(order.Command, refusal);
        _ = _hub.SendAsync(nameof(IWorkerHub.Refuse), session, order.Command, refusal);
    });

    private Task Applied(Acknowledgement acknowledgement) => Take(session =>
    {
        Volatile.Write(ref _progress, _time.GetTimestamp());
        _orders.Applied(session, acknowledgement);
    });

    private async Task Take(Action<long> act)
    {
        if (await Welcomed() is not { } session)
            return;
        try
        {
            act(session);
        }
        catch (Exception e)
        {
            // SignalR would swallow it. The journal decides what is true; the next hello settles it.
            LogNotObeyed(e);
            await End(new SessionEnd.Broken(e.Message));
        }
    }

    // An order may overtake the answer to our hello by a hair.
    private async Task<long?> Welcomed()
    {
        try
        {
            return await _welcomed.Task;
        }
        catch (OperationCanceledException)
        {
            return null;
        }
    }

    [LoggerMessage(LogLevel.Error, "A message of the engine could not be obeyed.")]
    private partial void LogNotObeyed(Exception e);

    [LoggerMessage(LogLevel.Warning, "Command {Command} is refused: {Reason}")]
    private partial void LogRefused(long command, string reason);
}
