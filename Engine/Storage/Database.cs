using System.Diagnostics;
using Dapper;
using Microsoft.Extensions.Logging;
using Npgsql;
using Weir.Shared.Events;
using Weir.Shared.Protocol;

namespace Weir.Engine.Storage;

/// <summary>The store: connections, transactions, and the one place where transient errors are retried.</summary>
public sealed partial class Database : IAsyncDisposable
{
    // A frozen master must free what it held (invariant 3a). Compiling a statement takes longer than running any of ours.
    internal const string LockTimeout = "5000";
    internal const string StatementTimeout = "30000";
    internal const string IdleTimeout = "4000";
    private const string SessionSettings =
        $"-c lock_timeout={LockTimeout} -c statement_timeout={StatementTimeout} -c idle_in_transaction_session_timeout={IdleTimeout} -c tcp_user_timeout=10000 -c jit=off -c search_path={{0}}";
    private const int Attempts = 5;
    private readonly StoreConnections connections;
    private readonly TimeProvider time;
    private readonly ILogger<Database> logger;

    /// <summary>The flow of control that is in a transaction's work. Who has a connection and waits for another can wait for itself, when all others do the same.</summary>
    private readonly AsyncLocal<bool> working = new();

    static Database() => DapperTypes.Register();

    public Database(StorageOptions options, TimeProvider time, ILogger<Database> logger)
    {
        Options = options;
        this.time = time;
        this.logger = logger;
        connections = new(ConnectionString(options));
    }

    public StorageOptions Options { get; }

    /// <summary>What is nudged after a commit; set by <see cref="Wakeups"/>.</summary>
    internal Action<IReadOnlyCollection<string>>? Committed { get; set; }

    internal static NpgsqlConnectionStringBuilder ConnectionString(StorageOptions options)
    {
        var b = new NpgsqlConnectionStringBuilder(options.ConnectionString);
        b.Options = string.Join(' ', new[] { b.Options, string.Format(System.Globalization.CultureInfo.InvariantCulture, SessionSettings, options.Schema) }.Where(s => !string.IsNullOrEmpty(s)));
        b.MaxPoolSize = options.MaxConnections;
        b.MaxAutoPrepare = 250;
        b.AutoPrepareMinUsages = 3;
        // Nothing of ours stays with a session (settings, locks and listening go by transaction or by a connection outside the pool); wiping it costs nine statements and a transaction each time.
        b.NoResetOnClose = true;
        b.ApplicationName ??= "weir/" + options.Schema;
        return b;
    }

    public ValueTask<NpgsqlConnection> Open(CancellationToken cancellation)
    {
        NoSecond();
        return connections.Open(cancellation);
    }

    /// <summary>Runs a query outside any transaction, again after a transient error.</summary>
    public Task<T> Read<T>(Func<NpgsqlConnection, Task<T>> query, CancellationToken cancellation) => Retry(async () =>
    {
        await using var connection = await Open(cancellation);
        return await query(connection);
    }, cancellation);

    public async Task<IReadOnlyList<T>> Query<T>(string sql, object? parameters, CancellationToken cancellation) =>
        await Read(async c => (await c.QueryAsync<T>(new CommandDefinition(sql, parameters, cancellationToken: cancellation))).AsList(), cancellation);

    public Task<T?> QuerySingle<T>(string sql, object? parameters, CancellationToken cancellation) =>
        Read(c => c.QueryFirstOrDefaultAsync<T?>(new CommandDefinition(sql, parameters, cancellationToken: cancellation)), cancellation);

    /// <summary>
    /// Runs one transaction: the work, then the events it added, then the commit, then the wake-ups. A transient error before the commit is
    /// tried again from the start; one during the commit is not (its fate is unknown): it is thrown, and the caller's loop reads the store again.
    /// </summary>
    public Task<T> Write<T>(Func<StoreTransaction, Task<T>> work, CancellationToken cancellation) => Retry(async () =>
    {
        await using var connection = await Open(cancellation);
        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        var unit = new StoreTransaction(connection, transaction, cancellation);
        var result = await Work(work, unit);
        if (!unit.Over)
            await unit.Commit(new(), static (_, _) => Task.FromResult(true));
        Nudge(unit.Wakes);
        return result;
    }, cancellation);

    // A method of its own: what it marks ends with it.
    private async Task<T> Work<T>(Func<StoreTransaction, Task<T>> work, StoreTransaction unit)
    {
        Mark();
        return await work(unit);
    }

    [Conditional("DEBUG")]
    private void Mark() => working.Value = true;

    [Conditional("DEBUG")]
    private void NoSecond()
    {
        if (working.Value)
            throw new InvalidOperationException("The work of a transaction asks for a second connection: it must go over the one it has.");
    }

    public Task Write(Func<StoreTransaction, Task> work, CancellationToken cancellation) =>
        Write(async unit => { await work(unit); return true; }, cancellation);

    /// <summary>
    /// Sends a batch as a transaction of its own: one round trip. Answers what <paramref name="read"/> makes of its results. A refusal by the store means that nothing was done, and is tried again
    /// if it is transient; a connection that breaks meanwhile leaves the fate unknown.
    /// </summary>
    /// <exception cref="CommitUnknownException">Whether it happened is not known.</exception>
    public Task<T> Send<T>(StoreBatch statements, Func<NpgsqlDataReader, CancellationToken, Task<T>> read, CancellationToken cancellation) => Retry(async () =>
    {
        await using var connection = await Open(cancellation);
        Crash.At("store.commit.before");
        T result;
        try
        {
            await using var batch = statements.On(connection, null);
            await using var reader = await batch.ExecuteReaderAsync(cancellation);
            result = await read(reader, cancellation);
            while (await reader.NextResultAsync(cancellation))
            {
                // To its end: an error of a later statement undoes them all.
            }
        }
        catch (NpgsqlException e) when (e is not PostgresException)
        {
            throw new CommitUnknownException(e);
        }
        Crash.At("store.commit.after");
        Nudge(statements.Wakes);
        return result;
    }, cancellation);

    public Task Send(StoreBatch statements, CancellationToken cancellation) => Send(statements, static (_, _) => Task.FromResult(true), cancellation);

    /// <summary>Wakes who waits, here and (by notice) on the other masters, after something was committed by other means than <see cref="Write{T}"/>.</summary>
    public void Nudge(IReadOnlyCollection<string> topics)
    {
        if (topics.Count > 0)
            Committed?.Invoke(topics);
    }

    private async Task<T> Retry<T>(Func<Task<T>> work, CancellationToken cancellation)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await work();
            }
            catch (Exception e) when (attempt < Attempts && IsTransient(e) && !cancellation.IsCancellationRequested)
            {
                LogRetry(e.GetType().Name, e.Message, attempt);
                await Task.Delay(TimeSpan.FromMilliseconds(20 << attempt), time, cancellation);
            }
        }
    }

    /// <summary>Worth another try: a deadlock, a lock that took too long, a connection that broke before anything was committed.</summary>
    public static bool IsTransient(Exception e) => e switch
    {
        CommitUnknownException => false,
        PostgresException p => p.IsTransient || p.SqlState is PostgresErrorCodes.LockNotAvailable or PostgresErrorCodes.AdminShutdown or PostgresErrorCodes.CrashShutdown or PostgresErrorCodes.QueryCanceled or PostgresErrorCodes.ReadOnlySqlTransaction or "25P03" /* idle_in_transaction_session_timeout */,
        NpgsqlException => true,
        _ => false,
    };

    /// <summary>The work itself is at fault: tried again, it would end in the same way. Whoever does one of several things sets this one aside and goes on.</summary>
    public static bool IsFault(Exception e) => !IsTransient(e) && e is not (CommitUnknownException or OperationCanceledException);

    /// <summary>The store cannot be reached, or not now: whoever sees it waits and tries again.</summary>
    public static bool IsUnavailable(Exception e) => e is NpgsqlException || (e.InnerException is { } inner && IsUnavailable(inner));

    public ValueTask DisposeAsync() => connections.DisposeAsync();

    [LoggerMessage(Level = LogLevel.Debug, Message = "The store answered {Kind}: {Message} (attempt {Attempt}); trying again.")]
    private partial void LogRetry(string kind, string message, int attempt);
}

/// <summary>The connection broke while a commit was on its way: it may have happened or not.</summary>
public sealed class CommitUnknownException(Exception inner) : Exception("The connection to the store broke during a commit; whether it happened is not known.", inner);

/// <summary>One open transaction: its connection, what goes to the store with its end, and whom it will wake.</summary>
public sealed class StoreTransaction(NpgsqlConnection connection, NpgsqlTransaction transaction, CancellationToken cancellation)
{
    private readonly StoreBatch ending = new();
    private readonly HashSet<string> wakes = [];

    public NpgsqlConnection Connection => connection;
    public CancellationToken Cancellation => cancellation;
    internal IReadOnlyCollection<string> Wakes => wakes;

    /// <summary>Committed, or given up.</summary>
    internal bool Over { get; private set; }

    /// <summary>An event that is stored with this transaction and numbered after its commit.</summary>
    public void Add(WeirEvent happened) => ending.Add(happened);

    /// <summary>After the commit, whoever waits for this topic runs.</summary>
    public void Wake(string topic) => ending.Wake(topic);

    /// <summary>A statement of whose result nobody needs to know: it is sent together with the commit and costs no round trip. Parameters are positional (<c>$1</c>).</summary>
    public void Last(string sql, params NpgsqlParameter[] parameters) => ending.Add(sql, parameters);

    public Task<int> Execute(string sql, object? parameters = null) => connection.ExecuteAsync(Command(sql, parameters));

    public async Task<IReadOnlyList<T>> Query<T>(string sql, object? parameters = null) => (await connection.QueryAsync<T>(Command(sql, parameters))).AsList();

    public Task<T?> QuerySingle<T>(string sql, object? parameters = null) => connection.QueryFirstOrDefaultAsync<T?>(Command(sql, parameters));

    /// <summary>Sends a batch within this transaction, in one round trip. Its events are stored with it, its topics woken after the commit.</summary>
    public async Task<T> Send<T>(StoreBatch statements, Func<NpgsqlDataReader, CancellationToken, Task<T>> read)
    {
        await using var batch = statements.On(connection, transaction);
        await using var reader = await batch.ExecuteReaderAsync(cancellation);
        var result = await read(reader, cancellation);
        while (await reader.NextResultAsync(cancellation))
        {
            // To its end: an error of a later statement must be seen.
        }
        wakes.UnionWith(statements.Wakes);
        return result;
    }

    public Task Send(StoreBatch statements) => Send(statements, static (_, _) => Task.FromResult(true));

    /// <summary>The last of the work and the commit in one round trip: a batch, what was left for the end, the events.</summary>
    /// <exception cref="CommitUnknownException">The connection broke; whether it happened is not known.</exception>
    public async Task<T> Commit<T>(StoreBatch statements, Func<NpgsqlDataReader, CancellationToken, Task<T>> read)
    {
        Debug.Assert(!Over);
        Crash.At("store.commit.before");
        statements.Append(ending);
        statements.Add("COMMIT");
        try
        {
            var result = await Send(statements, read);
            Over = true;
            Crash.At("store.commit.after");
            return result;
        }
        catch (NpgsqlException e) when (e is not PostgresException)
        {
            throw new CommitUnknownException(e);
        }
    }

    /// <summary>Gives up what was done so far; nothing is stored, nobody is woken.</summary>
    public async Task Rollback()
    {
        Over = true;
        await transaction.RollbackAsync(cancellation);
    }

    private CommandDefinition Command(string sql, object? parameters) => new(sql, parameters, transaction, cancellationToken: cancellation);
}
