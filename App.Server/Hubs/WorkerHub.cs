using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.SignalR;
using Weir.Engine.Workers;
using Weir.Shared.Protocol;

namespace Weir.App.Server.Hubs;

/// <summary>Adapts a worker's connection to its session in the engine. Nothing is decided here; a connection without a worker's token is turned away.</summary>
public sealed partial class WorkerHub(WorkerSessions sessions, SharedReports reports, IHubContext<WorkerHub, IWorkerClient> workers, IHostApplicationLifetime lifetime, ILogger<WorkerHub> logger) : Hub<IWorkerClient>, IWorkerHub
{
    private sealed record Caller(long WorkerId, string Name, IReadOnlyList<string> FormerNames);

    private const string CallerKey = "worker";
    private const string SessionKey = "session";

    public override async Task OnConnectedAsync()
    {
        // Who comes while the connections are being closed would hold up the end of the program: nobody closes his.
        if (lifetime.ApplicationStopping.IsCancellationRequested)
        {
            Context.Abort();
            return;
        }
        var header = Context.GetHttpContext()?.Request.Headers.Authorization.ToString() ?? "";
        var token = header.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase) ? header["Bearer ".Length..].Trim() : "";
        if (token.Length > 0 && await sessions.FindByToken(SHA256.HashData(Encoding.UTF8.GetBytes(token)), Context.ConnectionAborted) is { } worker)
            Context.Items[CallerKey] = new Caller(worker.Id, worker.Name, worker.FormerNames);
        await base.OnConnectedAsync();
    }

    public async Task<Welcome> Hello(Hello hello)
    {
        if (Item<Caller>(CallerKey) is not { } caller)
            return new Welcome { Refusal = "This token belongs to no worker. Make one with: weir worker add NAME", Final = true };
        if (hello.Name.Length > 0 && hello.Name != caller.Name && !caller.FormerNames.Contains(hello.Name))
            return new Welcome { Refusal = $"This token belongs to worker {caller.Name}, not to {hello.Name}.", Final = true };
        var link = new Link(Context, workers.Clients.Client(Context.ConnectionId), logger);
        var (welcome, session) = await sessions.Hello(caller.WorkerId, caller.Name, hello, link, Context.ConnectionAborted);
        if (session is not null)
            Context.Items[SessionKey] = session;
        return welcome;
    }

    public Task Append(Piece piece)
    {
        if (piece.Bytes.Length > WorkerProtocol.MaxPiece + FrameCodec.MaxBody)
            throw new HubException($"A piece of {piece.Bytes.Length} bytes; the limit is {WorkerProtocol.MaxPiece}.");
        return Session is { } session ? sessions.Append(session, piece, Context.ConnectionAborted).AsTask() : Task.CompletedTask;
    }

    public Task<bool> Beat(long session) => Task.FromResult(Session is { } mine && mine.Number == session && sessions.Beat(mine));

    public Task Refuse(long session, long command, string reason) =>
        Session is { } mine && mine.Number == session ? sessions.Refused(mine, command, reason, Context.ConnectionAborted) : Task.CompletedTask;

    public Task Stopping(long session) => Session is { } mine && mine.Number == session ? sessions.Stopping(mine, Context.ConnectionAborted) : Task.CompletedTask;

    public Task Away(long session, OwnerAbsence? absence) => Session is { } mine && mine.Number == session ? sessions.Away(mine, absence, Context.ConnectionAborted) : Task.CompletedTask;

    public Task Directories(long session, IReadOnlyList<SharedDirectoryState> directories)
    {
        if (directories.Count > SharedReports.Most || directories.Any(d => d.Name.Length > 64 || d.Writer?.Length > 200))
            throw new HubException($"A worker has at most {SharedReports.Most} shared directories, with short names.");
        return Session is { } mine && mine.Number == session ? reports.Take(mine, directories, Context.ConnectionAborted) : Task.CompletedTask;
    }

    public override async Task OnDisconnectedAsync(Exception? exception)
    {
        // The connection's token is cancelled by now; what is left to say must be said all the same.
        if (Session is { } session)
            await sessions.Closed(session, CancellationToken.None);
        await base.OnDisconnectedAsync(exception);
    }

    private WorkerSession? Session => Item<WorkerSession>(SessionKey);

    private T? Item<T>(string key) where T : class => Context.Items.TryGetValue(key, out var value) ? value as T : null;

    private sealed partial class Link(HubCallerContext context, IWorkerClient worker, ILogger logger) : IWorkerLink
    {
        public Task Start(StartOrder order) => Quietly(worker.Start(order));

        public Task Interrupt(InterruptOrder order) => Quietly(worker.Interrupt(order));

        public Task Applied(Acknowledgement acknowledgement) => Quietly(worker.Applied(acknowledgement));

        public Task Forget(long session, long command) => Quietly(worker.Forget(session, command));

        public Task Engines(IReadOnlyList<string> addresses) => Quietly(worker.Engines(addresses));

        public Task Finished(long session) => Quietly(worker.Finished(session));

        public Task Remove(long session, string directory, long uses) => Quietly(worker.Remove(session, directory, uses));

        public async Task Leave(string reason, IReadOnlyList<string>? addresses)
        {
            await Quietly(worker.Leave(reason, addresses ?? []));
            context.Abort();
        }

        // What could not be sent is settled at the next hello.
        private async Task Quietly(Task sending)
        {
            try
            {
                await sending;
            }
#pragma warning disable CA1031 // A connection can fail in many ways, and all mean the same.
            catch (Exception e)
#pragma warning restore CA1031
            {
                LogNotSent(e.Message);
            }
        }

        [LoggerMessage(Level = LogLevel.Debug, Message = "A message to a worker was not sent: {Message}")]
        private partial void LogNotSent(string message);
    }
}
