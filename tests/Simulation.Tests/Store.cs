using System.Collections.Immutable;

namespace Weir.Simulation.Tests;

/// <summary>The strengths of a row's lock, as PostgreSQL has them.</summary>
internal enum Strength
{
    KeyShare,
    Share,
    NoKeyUpdate,
    Update,
}

/// <summary>The store could not do it; nothing was done.</summary>
internal sealed class StoreException(string why) : Exception(why);

/// <summary>The connection broke during a commit.</summary>
internal sealed class CommitUnknownException() : Exception("Whether it was committed is not known.");

/// <summary>
/// PostgreSQL at READ COMMITTED, as far as it matters here: each statement sees what was committed when it began, row locks of four strengths, waiting with a time-out, a fresh look at the row
/// after the wait, numbers that are never taken back, and commits whose answer comes, is lost, or comes true long after their client has given up.
/// </summary>
internal sealed class Store(Loop loop, Dice dice)
{
    private static readonly TimeSpan LockTimeout = Loop.Seconds(5);
    private readonly Dictionary<Key, List<(Transaction By, Strength Strength)>> held = [];
    private readonly Dictionary<Key, List<(Transaction By, Strength Strength, TaskCompletionSource<bool> Granted)>> waiting = [];
    private readonly Dictionary<string, long> last = [];
    private readonly HashSet<Transaction> open = [];

    public Loop Loop => loop;
    public Machine Machine { get; } = loop.Add("store");
    public ImmutableSortedDictionary<Key, Row> Committed { get; private set; } = ImmutableSortedDictionary<Key, Row>.Empty;

    /// <summary>Nobody can connect.</summary>
    public bool Away { get; private set; }

    /// <summary>Looks at every commit at the moment at which it is one.</summary>
    public Action<Transaction, ImmutableSortedDictionary<Key, Row>>? Check { get; set; }

    /// <summary>How many of a client's next commits that are more than a heartbeat get no answer.</summary>
    public Dictionary<Machine, int> Unanswered { get; } = [];

    /// <summary>Clients to whom something happens in the middle of their next transaction for a build.</summary>
    public Dictionary<Machine, Action> Within { get; } = [];

    public Transaction Begin(Machine client)
    {
        var transaction = new Transaction(this, client);
        open.Add(transaction);
        return transaction;
    }

    public long NextId(string table) => last[table] = last.GetValueOrDefault(table) + 1;

    /// <summary>All sessions of a client end; what it had sent to be committed may still be.</summary>
    public void CutOff(Machine client)
    {
        foreach (var transaction in open.Where(t => t.Client == client && !t.Committing).ToArray())
            transaction.Abort("the connection broke");
    }

    /// <summary>Killed: what is open vanishes, what is committed stays; it is back after a while.</summary>
    public void Crash(TimeSpan back)
    {
        Away = true;
        foreach (var transaction in open.ToArray())
            transaction.Abort("the store was killed");
        loop.After(back, () => Away = false);
    }

    internal TimeSpan Way() => dice.Between(0.1, 1.5);

    /// <summary>What becomes of a commit: answered, done without an answer, not done without an answer, done late.</summary>
    internal string Fate(Transaction transaction)
    {
        var matters = transaction.Writes.Keys.Any(k => k.Table is not ("master" or "session"));
        if (!matters || Unanswered.GetValueOrDefault(transaction.Client) is not (> 0 and var left))
            return "answered";
        Unanswered[transaction.Client] = left - 1;
        return dice.Of(new[] { "silent", "undone", "late" });
    }

    internal TimeSpan Late() => dice.Between(200, 6000);

    internal void Over(Transaction transaction, ImmutableSortedDictionary<Key, Row>? rows)
    {
        open.Remove(transaction);
        if (rows is not null)
            Committed = rows;
        foreach (var (key, holders) in held.ToArray())
        {
            if (holders.RemoveAll(h => h.By == transaction) > 0)
                Grant(key);
        }
        foreach (var (key, waiters) in waiting.ToArray())
        {
            foreach (var waiter in waiters.Where(w => w.By == transaction).ToArray())
            {
                waiters.Remove(waiter);
                waiter.Granted.TrySetResult(false);
            }
            Grant(key);
        }
    }

    internal async Task Lock(Transaction by, Key key, Strength strength)
    {
        if (!waiting.TryGetValue(key, out var waiters))
            waiting[key] = waiters = [];
        if (Free(by, key, strength) && waiters.Count == 0)
        {
            Hold(by, key, strength);
            return;
        }
        var waiter = (by, strength, new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously));
        waiters.Add(waiter);
        // Who holds the row already and wants more does not stand behind those who wait for him.
        if (held.GetValueOrDefault(key)?.Any(h => h.By == by) == true && Free(by, key, strength))
            Grant(key);
        loop.After(LockTimeout, () =>
        {
            if (waiters.Remove(waiter))
                waiter.Item3.TrySetResult(false);
        });
        if (!await waiter.Item3.Task)
            throw new StoreException($"{key}: the lock was not to be had");
    }

    internal bool IsHeld(Key key, Transaction notBy) => held.GetValueOrDefault(key)?.Any(h => h.By != notBy && h.Strength >= Strength.NoKeyUpdate) == true;

    private void Hold(Transaction by, Key key, Strength strength)
    {
        if (!held.TryGetValue(key, out var holders))
            held[key] = holders = [];
        holders.Add((by, strength));
    }

    private void Grant(Key key)
    {
        if (!waiting.TryGetValue(key, out var waiters))
            return;
        foreach (var waiter in waiters.ToArray())
        {
            if (!Free(waiter.By, key, waiter.Strength))
            {
                if (held.GetValueOrDefault(key)?.Any(h => h.By == waiter.By) == true)
                    continue;
                return;
            }
            waiters.Remove(waiter);
            Hold(waiter.By, key, waiter.Strength);
            waiter.Granted.TrySetResult(true);
        }
    }

    private bool Free(Transaction by, Key key, Strength strength) => held.GetValueOrDefault(key)?.All(h => h.By == by || !Conflict(h.Strength, strength)) ?? true;

    // The table of PostgreSQL's manual, "Row-Level Locks".
    private static bool Conflict(Strength one, Strength other) => (one, other) switch
    {
        (Strength.Update, _) or (_, Strength.Update) => true,
        (Strength.NoKeyUpdate, Strength.KeyShare) or (Strength.KeyShare, Strength.NoKeyUpdate) => false,
        (Strength.NoKeyUpdate, _) or (_, Strength.NoKeyUpdate) => true,
        _ => false,
    };
}
