using System.Text.Json.Nodes;
using Weir.Shared.Configuration;
using Weir.Shared.Locks;

namespace Weir.App.Server.Api;

/// <summary><c>/locks</c>: who holds what, and who waits for it.</summary>
internal static class LocksApi
{
    private static readonly Resource<LockRecord> Locks = new Resource<LockRecord>("locks", "lock")
        .Number("lockid", l => l.Id, "The number of this lock.")
        .Text("name", l => l.Name, "Its name.")
        .Text("scope", l => l.Scope == LockScope.Worker ? "worker" : "all", "all: one for all masters and workers; worker: each worker has one of its own.")
        .Text("shared_directory", l => l.Directory, "The shared directory for which it stands; null: it is a lock.")
        .Text("home", l => l.Home, "Of a shared directory: the worker that has it; null: none yet.")
        .Number("capacity", l => l.Capacity, "How many units it has.")
        .Json("per_worker", l => new JsonObject(l.PerWorker.Select(p => KeyValuePair.Create<string, JsonNode?>(p.Key, p.Value))), "Of scope worker: workers, or patterns of them, with another capacity.")
        .Json("pool", l => l.Pool.Count == 0 ? null : new JsonObject(l.Pool.Select(p => KeyValuePair.Create<string, JsonNode?>(p.Key, Texts(p.Value)))), "The named things that its units are, each with its labels; null: they have no names.")
        .Truth("retired", l => l.Retired, "Whether it is no longer in the configuration; builds that began before still use it.")
        .Json("holders", l => new JsonArray([.. l.Holders.Select(Holder)]), "Who holds it, longest first: build (buildid, buildername, number), worker, until_step (null: to the build's end), units, mode, since, through (the build of whose holding it is a part; null: it has units of its own), names (of a pool).")
        .Json("waiters", l => new JsonArray([.. l.Waiters.Select(Waiter)]), "Who waits for it, in order: position, build with step, or buildrequestid with buildername, units, mode, labels (of a pool), since.");

    public static void MapLocks(this RouteGroupBuilder api)
    {
        api.MapMethods("/locks", Routes.Reading, async (ILockQueries locks, HttpRequest request, CancellationToken cancellation) => Locks.List(await locks.List(cancellation), request)).Reads(2, "All locks").ListsAll(Locks);
        api.MapMethods("/locks/{name}", Routes.Reading, async (string name, ILockQueries locks, HttpRequest request, CancellationToken cancellation) =>
            Locks.One((await locks.List(cancellation)).FirstOrDefault(l => l.Name == name || l.Id.ToString(System.Globalization.CultureInfo.InvariantCulture) == name), $"lock {name}", request)).Reads(2, "One lock").ShowsOne(Locks);
    }

    private static JsonNode Holder(LockHolder holder) => new JsonObject
    {
        ["build"] = Build(holder.BuildId, holder.Builder, holder.Number),
        ["worker"] = holder.Worker,
        ["until_step"] = holder.UntilStep,
        ["units"] = holder.Units,
        ["mode"] = Mode(holder.Exclusive),
        ["since"] = Rest.Seconds(holder.Since),
        ["through"] = holder.Through,
        ["names"] = Texts(holder.Names),
    };

    private static JsonNode Waiter(LockWaiting waiter, int position) => new JsonObject
    {
        ["position"] = position + 1,
        ["build"] = waiter.BuildId is { } build ? Build(build, waiter.Builder, waiter.Number!.Value) : null,
        ["step"] = waiter.Step,
        ["worker"] = waiter.Worker,
        ["buildrequestid"] = waiter.RequestId,
        ["buildername"] = waiter.Builder,
        ["units"] = waiter.Units,
        ["mode"] = Mode(waiter.Exclusive),
        ["labels"] = Texts(waiter.Labels),
        ["since"] = Rest.Seconds(waiter.Since),
    };

    private static JsonObject Build(long id, string builder, int number) => new() { ["buildid"] = id, ["buildername"] = builder, ["number"] = number };

    private static JsonArray Texts(IEnumerable<string> texts) => new([.. texts.Select(t => (JsonNode)t)]);

    private static string Mode(bool exclusive) => exclusive ? "exclusive" : "counting";
}
