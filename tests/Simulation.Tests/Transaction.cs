using System.Collections.Immutable;

namespace Weir.Simulation.Tests;

/// <summary>A transaction as its client sees it: statements go over the wire and their answers come back, or do not.</summary>
internal sealed class Transaction(Store store, Machine client)
{
    private static readonly TimeSpan IdleTimeout = Loop.Seconds(10);
    private static readonly TimeSpan Patience = Loop.Seconds(15);
    private readonly Dictionary<Key, Row?> writes = [];
    private string? aborted;
    private bool over;
    private int statements;

    public Machine Client => client;
    public bool Committing { get; private set; }

    /// <summary>Builds and the epochs under which this transaction writes for them.</summary>
    public List<(long Build, long Epoch)> Fences { get; } = [];

    public IReadOnlyDictionary<Key, Row?> Writes => writes;

    /// <summary>What the client remembers once the commit was answered.</summary>
    public Action? Afterwards { get; set; }

    /// <summary>Given up by its client.</summary>
    public bool RolledBack { get; private set; }

    public Task<T> Do<T>(Func<Statement, Task<T>> statement) => Send(async () =>
    {
        var number = ++statements;
        var result = await statement(new(this, store, store.Committed, writes));
        if (Fences.Count > 0 && store.Within.Remove(client, out var happens))
            happens();
        // idle_in_transaction_session_timeout: who freezes does not hold his locks for ever.
        store.Loop.After(IdleTimeout, () =>
        {
            if (!over && !Committing && statements == number)
                Abort("idle for too long");
        });
        return result;
    });

    public async Task Commit()
    {
        var fate = store.Fate(this);
        Committing = true;
        if (fate == "answered")
        {
            await Send(Apply);
            return;
        }
        store.Loop.After(fate == "late" ? store.Late() : store.Way(), () =>
        {
            if (over)
                return;
            if (fate == "undone")
                Abort("the connection broke");
            else
                store.Machine.Run(Apply);
        });
        await store.Loop.Delay(store.Way() * 4);
        throw new CommitUnknownException();
    }

    public void Rollback()
    {
        RolledBack = true;
        Abort("rolled back");
    }

    public void Abort(string why)
    {
        if (over)
            return;
        (over, aborted) = (true, why);
        store.Over(this, null);
    }

    private Task<bool> Apply()
    {
        if (over)
            throw new StoreException(aborted!);
        over = true;
        var rows = store.Committed;
        foreach (var (key, row) in writes)
            rows = row is null ? rows.Remove(key) : rows.SetItem(key, row);
        store.Check?.Invoke(this, rows);
        store.Over(this, rows);
        return Task.FromResult(true);
    }

    // Over the wire and back. An answer to somebody who is gone is lost; one that does not come is an error after a while.
    private Task<T> Send<T>(Func<Task<T>> work)
    {
        var answer = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        store.Loop.After(store.Way(), () => store.Machine.Run(async () =>
        {
            try
            {
                if (store.Away || over)
                    throw new StoreException(aborted ?? "the store is away");
                var result = await work();
                if (over && aborted is not null)
                    throw new StoreException(aborted);
                store.Loop.After(store.Way(), () => answer.TrySetResult(result));
            }
            catch (StoreException e)
            {
                Abort(e.Message);
                store.Loop.After(store.Way(), () => answer.TrySetException(e));
            }
        }));
        store.Loop.After(Patience, () => answer.TrySetException(new StoreException("no answer")));
        return answer.Task;
    }
}

/// <summary>One statement: what it reads is as it was when it began, but for rows that it locks.</summary>
internal sealed class Statement(Transaction transaction, Store store, ImmutableSortedDictionary<Key, Row> snapshot, Dictionary<Key, Row?> writes)
{
    public Transaction Transaction => transaction;

    /// <summary>Virtual time of the store, in microseconds.</summary>
    public long Now => store.Loop.Now;

    public T? Read<T>(Key key)
        where T : Row => (writes.TryGetValue(key, out var own) ? own : snapshot.GetValueOrDefault(key)) as T;

    /// <summary>A table, by id.</summary>
    public IEnumerable<(long Id, T Row)> All<T>(string table)
        where T : Row => snapshot.Keys.Concat(writes.Keys).Where(k => k.Table == table).Distinct().Order().Select(k => (k.Id, Row: Read<T>(k))).Where(r => r.Row is not null).Select(r => (r.Id, r.Row!));

    /// <summary>Locks a row and looks at it afresh.</summary>
    public async Task<T?> Lock<T>(Key key, Strength strength)
        where T : Row
    {
        await store.Lock(transaction, key, strength);
        return (writes.TryGetValue(key, out var own) ? own : store.Committed.GetValueOrDefault(key)) as T;
    }

    /// <summary>A lock that is not a row's.</summary>
    public Task Pass(Key gate, Strength strength) => store.Lock(transaction, gate, strength);

    /// <summary>SKIP LOCKED: null if somebody else is at it.</summary>
    public async Task<T?> LockUnlessHeld<T>(Key key, Strength strength)
        where T : Row => store.IsHeld(key, transaction) ? null : await Lock<T>(key, strength);

    /// <summary>Changes a row as it is after its lock was had; null leaves it.</summary>
    public async Task<bool> Update<T>(Key key, Func<T, T?> change)
        where T : Row
    {
        if (await Lock<T>(key, Strength.NoKeyUpdate) is not { } row || change(row) is not { } changed)
            return false;
        writes[key] = changed;
        return true;
    }

    public void Insert(Key key, Row row) => writes[key] = row;

    public async Task Delete(Key key)
    {
        await store.Lock(transaction, key, Strength.Update);
        writes[key] = null;
    }
}
