using Weir.Engine.Configuration;
using Weir.Engine.Storage;
using Weir.Shared;
using Weir.Shared.Configuration;
using Weir.Shared.Events;
using Weir.Shared.Identity;
using Weir.Shared.Locks;

namespace Weir.Engine.Locks;

/// <summary>Moves shared directories to other workers. Behind the gate: no claim begins a build meanwhile that counts on the old place.</summary>
internal sealed class DirectoryActions(Database database, ConfigurationInForce configuration) : IDirectoryActions
{
    private const int MostNamed = 5;

    private sealed record WorkerRow
    {
        public long Id { get; init; }
        public string[] Tags { get; init; } = [];
    }

    public Task<ActionOutcome> Move(string name, string worker, string? reason, Actor by, CancellationToken cancellation) => database.Act(by, async unit =>
    {
        await Gate.TakeWhole(unit);
        if (await configuration.Read(unit) is not { } revision || !revision.Model.SharedDirectories.Any(d => d.Name == name))
            return new ActionOutcome.NotFound($"shared directory {name}");
        var group = DirectoryGroups.Of(revision.Model).FirstOrDefault(g => g.Directories.Contains(name)) ?? new DirectoryGroup([name], []);
        if ((await unit.Query<WorkerRow>("SELECT id, tags FROM workers WHERE name = @worker AND configured AND retired_at IS NULL", new { worker })) is not [var row])
            return new ActionOutcome.Invalid([new("worker", $"There is no worker \"{worker}\" in the configuration that has been here.")]);
        if (group.Builders.FirstOrDefault(b => !WorkerMatching.Matches(b.Workers, worker, row.Tags)) is { } stranger)
            return new ActionOutcome.Conflict($"{worker} cannot have {Named(group)}: {stranger.Name}, which uses {(group.Directories.Count == 1 ? "it" : "one of them")}, may not run there.");
        var locks = group.Directories.Select(SharedDirectories.Lock).ToArray();
        if (await Users(unit, locks) is { Count: > 0 } users)
            return new ActionOutcome.Conflict($"{string.Join(", ", users.Take(MostNamed))}{(users.Count > MostNamed ? $" and {users.Count - MostNamed} more" : "")} {(users.Count == 1 ? "runs and uses" : "run and use")} {Named(group)}: it can be moved when none does. A pause of {string.Join(", ", group.Builders.Select(b => b.Name))} keeps new ones back.");
        await unit.Execute("SELECT 1 FROM locks WHERE name = ANY(@locks) ORDER BY id FOR NO KEY UPDATE", new { locks });
        var left = await unit.Query<long>("SELECT DISTINCT d.worker_id FROM shared_directories d JOIN locks l ON l.id = d.lock_id WHERE l.name = ANY(@locks) AND d.worker_id <> @Id", new { locks, row.Id });
        var moved = await unit.Execute("""
            INSERT INTO shared_directories AS d (lock_id, worker_id, placed_at, placed_by) SELECT id, @Id, weir_now(), @Name FROM locks WHERE name = ANY(@locks) ORDER BY id
            ON CONFLICT (lock_id) DO UPDATE SET worker_id = excluded.worker_id, placed_at = excluded.placed_at, placed_by = excluded.placed_by WHERE d.worker_id <> excluded.worker_id
            """, new { row.Id, by.Name, locks });
        if (moved == 0)
            return new ActionOutcome.Conflict($"{char.ToUpperInvariant(Named(group)[0])}{Named(group)[1..]} {(group.Directories.Count == 1 ? "is" : "are")} on {worker} already.");
        Audit.Write(unit, by, "directory.move", Named(group), reason is null ? $"to {worker}" : $"to {worker}: {reason}");
        foreach (var touched in left.Append(row.Id))
            unit.Add(new WeirEvent { Kind = EventKind.WorkerChanged, WorkerId = touched });
        unit.Wake(WakeTopic.Queue);
        unit.Wake(WakeTopic.Workers);
        return new ActionOutcome.Done();
    }, cancellation);

    private static async Task<IReadOnlyList<string>> Users(StoreTransaction unit, string[] locks) => [.. await unit.Query<string>("""
        SELECT n.name || ' #' || b.number FROM build_owners o JOIN build_plans p USING (build_id) JOIN builds b ON b.id = o.build_id JOIN builders n ON n.id = b.builder_id
        WHERE EXISTS (SELECT FROM jsonb_path_query(p.plan, '$.Builder.Steps[*].Locks[*].Name') AS used WHERE used #>> '{}' = ANY(@locks)) ORDER BY b.id
        """, new { locks })];

    private static string Named(DirectoryGroup group) => group.Directories.Count == 1 ? $"the shared directory {group.Directories[0]}" : $"the shared directories {string.Join(", ", group.Directories)}";
}
