using Microsoft.Extensions.Logging.Abstractions;
using Weir.Engine.Builds;
using Weir.Support;

namespace Weir.Engine.Tests.Locks;

/// <summary>Whether a step's question for locks is worth a pass over the queue: said to be in vain only where somebody stands in the way for certain.</summary>
public sealed class LockAsksTests
{
    /// <summary>Locks: 1 of one unit, 2 of three, 3 of workers, 4 with names. What is held and what is asked for: lock, build, units, exclusive, held, through.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true, "(1, 7, 1, false, false, '{}')")]
    [InlineData(false, "(1, 6, 1, false, true, '{}')", "(1, 7, 1, false, false, '{}')")]
    [InlineData(true, "(2, 6, 1, false, true, '{}')", "(2, 7, 2, false, false, '{}')")]
    [InlineData(false, "(2, 6, 2, false, true, '{}')", "(2, 7, 2, false, false, '{}')")]
    [InlineData(false, "(2, 6, 1, false, true, '{}')", "(2, 7, 1, true, false, '{}')")]
    [InlineData(false, "(2, 6, 1, true, true, '{}')", "(2, 7, 1, false, false, '{}')")]
    // One of two that it asks for is taken; of two who ask one could have it.
    [InlineData(false, "(1, 6, 1, false, true, '{}')", "(1, 7, 1, false, false, '{}')", "(2, 7, 1, false, false, '{}')")]
    [InlineData(true, "(1, 6, 1, false, true, '{}')", "(1, 7, 1, false, false, '{}')", "(2, 8, 1, false, false, '{}')")]
    // What is lent counts once; who may use what another holds, and what lies elsewhere or has names, is for the pass.
    [InlineData(true, "(2, 6, 2, false, true, '{}')", "(2, 5, 2, false, true, '{6}')", "(2, 7, 1, false, false, '{}')")]
    [InlineData(true, "(1, 6, 1, false, true, '{}')", "(1, 7, 1, false, false, '{6}')")]
    [InlineData(true, "(3, 6, 1, false, true, '{}')", "(3, 7, 1, false, false, '{}')")]
    [InlineData(true, "(4, 6, 1, false, true, '{}')", "(4, 7, 1, false, false, '{}')")]
    public async Task It_is_in_vain_only_where_somebody_clearly_stands_in_the_way(bool possible, params string[] claims)
    {
        await using var store = await TestStore.Create();
        // The builds themselves do not matter here.
        await store.Execute($$"""
            BEGIN;
            SET LOCAL session_replication_role = replica;
            INSERT INTO locks (id, name, scope, capacity, pool) OVERRIDING SYSTEM VALUE
            VALUES (1, 'one', 'All', 1, NULL), (2, 'three', 'All', 3, NULL), (3, 'near', 'Worker', 1, NULL), (4, 'boards', 'All', 2, '{"b1": [], "b2": []}');
            {{string.Concat(claims.Select(c => $"INSERT INTO lock_claims (lock_id, build_id, units, exclusive, asked_at, held_at, through) SELECT l, b, u, x, weir_now(), CASE WHEN h THEN weir_now() END, t::bigint[] FROM (VALUES {c}) v (l, b, u, x, h, t);\n"))}}
            COMMIT
            """);
        using var asks = new LockAsks(store.Database, store.Wakeups, TimeProvider.System, NullLogger<LockAsks>.Instance);

        Assert.Equal(possible, await asks.IsAnyPossible(CancellationToken.None));
    }
}
