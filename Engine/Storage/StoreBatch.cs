using Npgsql;
using Weir.Shared.Events;

namespace Weir.Engine.Storage;

/// <summary>
/// Statements that go to the store together: one round trip and one transaction, all or nothing, with the events that they leave and the topics that they wake. Each statement
/// sees what those before it did; events come before the statements, so that those which statements write themselves follow their causes. Parameters are positional (<c>$1</c>); a batch may be sent again after a transient error.
/// </summary>
public sealed class StoreBatch
{
    private readonly List<(string Sql, NpgsqlParameter[] Parameters)> statements = [];
    private readonly List<WeirEvent> events = [];
    private readonly HashSet<string> wakes = [];
    private (string Sql, NpgsqlParameter[] Parameters)? fence;
    private bool sent;

    public IReadOnlyCollection<string> Wakes => wakes;

    /// <summary>A batch of which nothing is done unless the build is owned under this epoch (invariant 3a). The fence's result is the first.</summary>
    public static StoreBatch Fenced(long build, long epoch) => new() { fence = ("SELECT weir_fence($1, $2)", [P(build), P(epoch)]) };

    /// <summary>Whether the store refused a batch because of its fence.</summary>
    public static bool IsNotOwned(PostgresException e) => e.SqlState == "WE001";

    /// <summary>Whether the store refused a batch because the last piece of a command in it is not the next one (<c>weir_moved</c>).</summary>
    public static bool IsNotMoved(PostgresException e) => e.SqlState == "WE002";

    public void Add(string sql, params NpgsqlParameter[] parameters) => statements.Add((sql, parameters));

    /// <summary>An event that is stored with the batch and numbered after its commit.</summary>
    public void Add(WeirEvent happened)
    {
        events.Add(happened);
        wakes.Add(WakeTopic.Events);
    }

    /// <summary>After the commit, whoever waits for this topic runs. For events that a statement of the batch writes itself: <see cref="WakeTopic.Events"/>.</summary>
    public void Wake(string topic) => wakes.Add(topic);

    /// <summary>It is not known yet whether anybody has to be woken for this topic: whoever sends the batch says so afterwards (<see cref="Database.Nudge"/>).</summary>
    public void WakeLater(string topic) => wakes.Remove(topic);

    /// <summary>Adds what another batch holds, behind what is here.</summary>
    internal void Append(StoreBatch other)
    {
        statements.AddRange(other.statements);
        events.AddRange(other.events);
        wakes.UnionWith(other.wakes);
    }

    /// <summary>A parameter that carries its type, also when it is null or an array.</summary>
    public static NpgsqlParameter P<T>(T value) => new NpgsqlParameter<T> { TypedValue = value };

    internal NpgsqlBatch On(NpgsqlConnection connection, NpgsqlTransaction? transaction)
    {
        var batch = new NpgsqlBatch(connection, transaction);
        if (fence is { } guard)
            batch.BatchCommands.Add(Command(guard.Sql, guard.Parameters));
        if (events.Count > 0)
            batch.BatchCommands.Add(Command(EventOutbox.Sql, EventOutbox.Parameters(events)));
        foreach (var (sql, parameters) in statements)
            batch.BatchCommands.Add(Command(sql, parameters));
        sent = true;
        return batch;
    }

    // A parameter stays with the command it was first given to.
    private NpgsqlBatchCommand Command(string sql, NpgsqlParameter[] parameters)
    {
        var command = new NpgsqlBatchCommand(sql);
        foreach (var parameter in parameters)
            command.Parameters.Add(sent ? parameter.Clone() : parameter);
        return command;
    }
}
