using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Weir.Shared.Protocol;

namespace Weir.Worker.Tests.Support;

/// <summary>An engine with a store in memory that keeps the worker protocol to the letter, and can be told to be nasty. Listens on 127.0.0.1.</summary>
public sealed class FakeEngine : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentDictionary<string, HubCallerContext> _connections = new();
    private readonly State _state;

    private FakeEngine(WebApplication app, State state) => (_app, _state) = (app, state);

    public const string Token = "good-token";
    public Dictionary<long, StoredCommand> Commands => _state.Commands;
    public List<string> Complaints => _state.Complaints;
    public List<Hello> Hellos => _state.Hellos;
    public List<(long Command, string Reason)> Refusals => _state.Refusals;
    public Uri Address { get; private set; } = null!;
    public Func<Hello, Welcome?>? Greet { get; set; }

    /// <summary>Asked for each piece; may answer with a nastiness.</summary>
    public Func<Piece, Nastiness> OnPiece { get; set; } = _ => Nastiness.None;

    /// <summary>The newest protocol it speaks.</summary>
    public int Protocol { get; set; } = WorkerProtocol.Newest;

    /// <summary>Sessions whose worker has said, once they were open, that it finishes and goes.</summary>
    public List<long> Stoppings { get; } = [];

    /// <summary>What owners said of their machines, with the session.</summary>
    public List<(long Session, OwnerAbsence? Absence)> Absences { get; } = [];

    /// <summary>What the worker said of its shared directories, each time.</summary>
    public List<IReadOnlyList<SharedDirectoryState>> SharedDirectories { get; } = [];

    /// <summary>Addresses that a welcome names besides this one.</summary>
    public List<string> Others { get; } = [];

    /// <param name="port">0: any.</param>
    /// <param name="beside">Another engine on the same store.</param>
    /// <param name="store">The name of a new store.</param>
    public static async Task<FakeEngine> Start(int port = 0, FakeEngine? beside = null, string store = "store-1")
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls($"http://127.0.0.1:{port}");
        builder.Services.AddSignalR(o => { o.MaximumReceiveMessageSize = 1 << 20; o.ClientTimeoutInterval = WorkerProtocol.Silence; o.KeepAliveInterval = WorkerProtocol.Ping; o.EnableDetailedErrors = true; });
        FakeEngine? engine = null;
        builder.Services.AddSingleton(_ => engine!);
        var app = builder.Build();
        app.Use((context, next) =>
        {
            if (context.Request.Headers.Authorization == "Bearer " + Token)
                return next(context);
            context.Response.StatusCode = StatusCodes.Status401Unauthorized;
            return Task.CompletedTask;
        });
        app.MapHub<Hub>(WorkerProtocol.HubPath);
        engine = new(app, beside?._state ?? new State { Store = store });
        await app.StartAsync();
        engine.Address = new Uri(app.Urls.First());
        return engine;
    }

    /// <summary>Stores a command and sends it if a worker is there.</summary>
    public StoredCommand Order(CommandSpec spec, long epoch = 1, Dictionary<string, string>? secrets = null)
    {
        StoredCommand command;
        string? holder;
        lock (_state.Gate)
        {
            var id = Commands.Count + 1;
            command = new StoredCommand { Id = id, Epoch = epoch, Spec = spec, Secrets = secrets ?? [], Instance = _state.Instance, Boot = _state.Boot };
            Commands.Add(id, command);
            holder = _state.Beating ? _state.Holder : null;
        }
        if (holder is not null)
            _ = Send(holder, command);
        return command;
    }

    public StoredCommand Run(params string[] arguments) => Order(new RunSpec { Directory = "b", Arguments = arguments });

    public StoredCommand Shell(string text) => Run("/bin/sh", "-c", text);

    public async Task Interrupt(StoredCommand command, string reason) =>
        await Client.Interrupt(new(_state.Session, command.Id, command.Epoch, reason));

    public IWorkerClient Client => _app.Services.GetRequiredService<IHubContext<Hub, IWorkerClient>>().Clients.Client(_state.Holder ?? "");
    public long Session => _state.Session;

    /// <summary>A worker is here and takes orders.</summary>
    public bool Ready => _state.Beating && _connections.ContainsKey(_state.Holder ?? "");

    /// <summary>Cuts the connection without a word.</summary>
    public void Cut()
    {
        foreach (var connection in _connections.Values)
            connection.Abort();
    }

    public async ValueTask DisposeAsync()
    {
        Cut();
        await _app.StopAsync(new CancellationTokenSource(TimeSpan.FromSeconds(2)).Token);
        await _app.DisposeAsync();
    }

    private Task Send(string holder, StoredCommand command) =>
        _app.Services.GetRequiredService<IHubContext<Hub, IWorkerClient>>().Clients.Client(holder)
            .Start(new() { Session = _state.Session, Command = command.Id, Epoch = command.Epoch, Spec = command.Spec, Secrets = command.Secrets });

    private Welcome Greeting(Hello hello, HubCallerContext context)
    {
        lock (_state.Gate)
        {
            Hellos.Add(hello);
            if (Greet?.Invoke(hello) is { } other)
                return other;
            if (_state.Holder is not null && _connections.ContainsKey(_state.Holder) && _state.Holder != context.ConnectionId)
                Complaints.Add("A hello came while the old connection was still open.");
            if (hello.HighestSession > _state.Session)
                Complaints.Add($"The worker has seen session {hello.HighestSession}; there have been {_state.Session}.");
            _state.Holder = context.ConnectionId;
            _state.Session++;
            _state.Instance = hello.Instance;
            _state.Boot = hello.Boot;
            _state.Beating = false;
            var verdicts = new List<Verdict>();
            foreach (var held in hello.Commands)
            {
                if (Commands.TryGetValue(held.Command, out var command) && command.Ended is null)
                {
                    command.Epoch++;
                    command.Expected = command.Applied;
                    command.Known = !held.NeedsSecrets;
                    verdicts.Add(new(held.Command, true, command.Applied, command.Epoch));
                }
                else
                {
                    verdicts.Add(new(held.Command, false, 0, 0));
                }
            }
            foreach (var command in Commands.Values.Where(c => c.Ended is null && hello.Commands.All(h => h.Command != c.Id)))
            {
                command.Known = false;
                if (command.Instance is null)
                    (command.Instance, command.Boot) = (hello.Instance, hello.Boot);
                if (command.Instance != hello.Instance || command.Boot != hello.Boot)
                    command.End(new() { Kind = EndKind.Lost, Reason = "by the engine: another boot" });
            }
            return new() { Protocol = Math.Min(Protocol, hello.NewestProtocol), Session = _state.Session, Master = "fake", Store = _state.Store, Addresses = [Address.ToString(), .. Others], Verdicts = verdicts };
        }
    }

    private bool Beat(long session, string connection)
    {
        List<StoredCommand> never = [];
        lock (_state.Gate)
        {
            if (session != _state.Session || connection != _state.Holder)
                return false;
            if (!_state.Beating)
                never = [.. Commands.Values.Where(c => c.Ended is null && !c.Known)];
            _state.Beating = true;
        }
        foreach (var command in never)
        {
            command.Known = true;
            _ = Send(connection, command);
        }
        return true;
    }

    private void Append(Piece piece, HubCallerContext context)
    {
        var nastiness = OnPiece(piece);
        Acknowledgement? answer = null;
        lock (_state.Gate)
        {
            if (context.ConnectionId != _state.Holder)
                return;
            if (piece.Session != _state.Session)
                Complaints.Add($"A piece of session {piece.Session} in session {_state.Session}.");
            if (piece.Bytes.Length > WorkerProtocol.MaxPiece)
                Complaints.Add($"A piece of {piece.Bytes.Length} bytes.");
            if (!Commands.TryGetValue(piece.Command, out var command))
            {
                Complaints.Add($"A piece of command {piece.Command}, which nobody ordered.");
                return;
            }
            command.Known = true;
            if (nastiness == Nastiness.CutBefore)
            {
                context.Abort();
                return;
            }
            if (nastiness == Nastiness.Swallow)
                return;
            if (nastiness == Nastiness.Drop)
            {
                command.Expected = command.Applied;
                answer = new(piece.Session, piece.Command, command.Applied, true);
            }
            else if (piece.From != command.Applied)
            {
                if (piece.From < command.Applied)
                    Complaints.Add($"A piece from {piece.From} again; {command.Applied} is applied.");
            }
            else
            {
                command.Apply(piece.Bytes, Complaints);
                answer = new(piece.Session, piece.Command, command.Applied, false);
            }
        }
        if (nastiness == Nastiness.CutAfter)
            context.Abort();
        else if (answer is not null)
            _ = Client.Applied(answer);
    }

    private sealed class State
    {
        public Lock Gate { get; } = new();
        public required string Store { get; init; }
        public Dictionary<long, StoredCommand> Commands { get; } = [];
        public List<string> Complaints { get; } = [];
        public List<Hello> Hellos { get; } = [];
        public List<(long Command, string Reason)> Refusals { get; } = [];
        public long Session { get; set; }
        public string? Holder { get; set; }
        public Guid? Instance { get; set; }
        public string? Boot { get; set; }
        public bool Beating { get; set; }
    }

    public sealed class Hub(FakeEngine engine) : Hub<IWorkerClient>, IWorkerHub
    {
        public override Task OnConnectedAsync()
        {
            engine._connections[Context.ConnectionId] = Context;
            return Task.CompletedTask;
        }

        public override Task OnDisconnectedAsync(Exception? exception)
        {
            engine._connections.TryRemove(Context.ConnectionId, out _);
            return Task.CompletedTask;
        }

        public Task<Welcome> Hello(Hello hello) => Task.FromResult(engine.Greeting(hello, Context));

        public Task Append(Piece piece)
        {
            engine.Append(piece, Context);
            return Task.CompletedTask;
        }

        public Task<bool> Beat(long session) => Task.FromResult(engine.Beat(session, Context.ConnectionId));

        public Task Stopping(long session)
        {
            if (engine.Protocol < WorkerProtocol.WithStopping)
                throw new HubException("An engine of protocol 1 has no such method.");
            lock (engine._state.Gate)
                engine.Stoppings.Add(session);
            return Task.CompletedTask;
        }

        public Task Away(long session, OwnerAbsence? absence)
        {
            if (engine.Protocol < WorkerProtocol.WithPresence)
                throw new HubException("An engine of protocol 2 has no such method.");
            lock (engine._state.Gate)
                engine.Absences.Add((session, absence));
            return Task.CompletedTask;
        }

        public Task Directories(long session, IReadOnlyList<SharedDirectoryState> directories)
        {
            if (engine.Protocol < WorkerProtocol.WithDirectories)
                throw new HubException("An engine of protocol 3 has no such method.");
            lock (engine._state.Gate)
                engine.SharedDirectories.Add(directories);
            return Task.CompletedTask;
        }

        public Task Refuse(long session, long command, string reason)
        {
            lock (engine._state.Gate)
                engine.Refusals.Add((command, reason));
            return Task.CompletedTask;
        }
    }
}

/// <summary>What a fake engine does with a piece.</summary>
public enum Nastiness
{
    None,

    /// <summary>Forget it and ask for it again.</summary>
    Drop,

    /// <summary>Cut the connection instead of storing it.</summary>
    CutBefore,

    /// <summary>Store it and cut the connection instead of saying so.</summary>
    CutAfter,

    /// <summary>Forget it and say nothing.</summary>
    Swallow,
}
