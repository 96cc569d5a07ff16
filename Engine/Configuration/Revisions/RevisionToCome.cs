using Weir.Engine.Storage;
using Weir.Shared.Configuration;

namespace Weir.Engine.Configuration.Revisions;

/// <summary>The one revision that is good and not in force yet: it waits until builders are idle, or is held back until builds have ended that its own could meet in a circle.</summary>
internal sealed record RevisionToCome
{
    /// <summary>Of rows of revisions: it is to come.</summary>
    public const string Is = "state IN ('HeldBack', 'WaitingForIdle')";

    /// <summary>Of builders <c>of</c> and requests <c>r</c>: nothing of the builder begins until a revision has come; except for whom a running build waits, since that one must end.</summary>
    public const string Keeps = $"""
        (EXISTS (SELECT FROM config_revisions c WHERE c.{Is} AND (c.idle_builders = ARRAY[]::text[] OR of.name = ANY(c.idle_builders)))
            AND NOT EXISTS (SELECT FROM triggers t JOIN build_owners o USING (build_id) WHERE t.buildset_id = r.buildset_id AND t.waiting))
        """;

    // The model only where it is asked for: builds end all the time.
    private const string Columns = "id, hash, state, held_because, held_for, idle_builders, deadline, at_deadline, brought_by, cancels_waiting, coalesce(deadline <= weir_now(), false) AS is_due";

    private const string Busy = "SELECT n.name || ' #' || b.number FROM build_owners o JOIN builds b ON b.id = o.build_id JOIN builders n ON n.id = b.builder_id WHERE cardinality(@builders::text[]) = 0 OR n.name = ANY(@builders) ORDER BY b.id LIMIT 100";

    public long Id { get; init; }
    public string Hash { get; init; } = "";
    public string State { get; init; } = "";
    public string? HeldBecause { get; init; }
    public string[] HeldFor { get; init; } = [];
    public string[]? IdleBuilders { get; init; }
    public DateTimeOffset? Deadline { get; init; }
    public string? AtDeadline { get; init; }
    public string[] BroughtBy { get; init; } = [];

    public bool CancelsWaiting { get; init; }

    /// <summary>Its deadline is over.</summary>
    public bool IsDue { get; init; }

    public bool IsToBeDropped => IsDue && IdleBuilders is not null && AtDeadline == nameof(Shared.Configuration.AtDeadline.Drop);

    /// <summary>Why a revision cannot come in force yet.</summary>
    /// <param name="State">What it is until then.</param>
    /// <param name="Because">In words.</param>
    /// <param name="Builders">Who begins nothing until then, besides those that must be idle.</param>
    public sealed record Obstacle(RevisionState State, string Because, string[] Builders)
    {
        /// <summary>The builds that must end first (of many the first), as people know them.</summary>
        public IReadOnlyList<string> Builds { get; init; } = [];
    }

    public static Task<RevisionToCome?> Find(Database database, CancellationToken cancellation) => database.QuerySingle<RevisionToCome>($"SELECT {Columns} FROM config_revisions WHERE {Is}", null, cancellation);

    public static Task<RevisionToCome?> Find(StoreTransaction unit) => unit.QuerySingle<RevisionToCome>($"SELECT {Columns} FROM config_revisions WHERE {Is}");

    /// <summary>What it waits for, without the gate; null: it seems that it may come in force.</summary>
    public async Task<Obstacle?> InTheWay(Database database, Func<Task<WeirConfiguration>> model, CancellationToken cancellation) =>
        await InTheWay(database, model, IsDue ? null : IdleBuilders, cancellation);

    /// <summary>The same of one that is not made yet.</summary>
    public static async Task<Obstacle?> InTheWay(Database database, Func<Task<WeirConfiguration>> model, string[]? idle, CancellationToken cancellation) =>
        idle is not null && await database.Query<string>(Busy, new { builders = idle }, cancellation) is { Count: > 0 } builds ? Waiting(idle, builds) : Of(await OpenPlans.InTheWay(database, await model(), cancellation));

    /// <summary>The same behind the gate, where nothing starts meanwhile.</summary>
    /// <param name="unit">Behind the whole gate.</param>
    /// <param name="model">What is to come in force.</param>
    /// <param name="idle">Who must be idle, of an empty list all; null: nobody.</param>
    public static async Task<Obstacle?> InTheWay(StoreTransaction unit, WeirConfiguration model, string[]? idle) =>
        idle is not null && await unit.Query<string>(Busy, new { builders = idle }) is { Count: > 0 } builds ? Waiting(idle, builds) : Of(await OpenPlans.InTheWay(unit, model));

    /// <summary><c>everything is idle</c>, <c>lib-linux and lib-bsd are idle</c>.</summary>
    public static string Idle(IReadOnlyList<string> builders) => builders switch
    {
        [] => "everything is idle",
        [var one] => $"{one} is idle",
        _ => $"{string.Join(", ", builders.SkipLast(1))} and {builders[^1]} are idle",
    };

    private static Obstacle Waiting(string[] builders, IReadOnlyList<string> builds) => new(RevisionState.WaitingForIdle, $"It waits until {Idle(builders)}.", []) { Builds = builds };

    private static Obstacle? Of(OpenPlans.Obstacle? circle) => circle is null ? null : new(RevisionState.HeldBack, circle.Because, circle.Builders) { Builds = circle.Builds };
}
