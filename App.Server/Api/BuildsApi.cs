using System.Globalization;
using System.Text.Json.Nodes;
using Weir.Shared;
using Weir.Shared.Builds;
using Weir.Shared.Identity;
using Weir.Shared.Queue;
using Weir.Shared.Workers;

namespace Weir.App.Server.Api;

/// <summary><c>/builds</c>, also below builders, workers, requests, buildsets and changes; the actions stop and rebuild.</summary>
internal static class BuildsApi
{
    private static readonly Resource<ListedBuild> Builds = new Resource<ListedBuild>("builds", "build")
        .Number("buildid", b => b.Id, "The number of this build among all.")
        .Number("number", b => b.Number, "Its number among the builds of its builder.")
        .Number("builderid", b => b.BuilderId, "Its builder.")
        .Text("buildername", b => b.BuilderName, "The name of its builder.")
        .Number("buildrequestid", b => b.RequestId, "The request for which it was made.")
        .Number("buildsetid", b => b.BuildsetId, "The buildset of that request.")
        .Number("workerid", b => b.WorkerId, "The worker it ran on.")
        .Text("workername", b => b.WorkerName, "The name of that worker.")
        .Number("masterid", b => b.MasterId, "The master that drove it last.")
        .Time("started_at", b => b.StartedAt, "When it started.")
        .Truth("complete", b => b.CompletedAt is not null, "Whether it has ended.")
        .Time("complete_at", b => b.CompletedAt, "When it ended; null while it runs.")
        .Json("locks_duration_s", b => b.LocksSeconds, "Seconds that its steps spent waiting for locks.")
        .Text("state_string", b => b.StateText, "What it does now, or what came of it, in a few words.")
        .Number("results", b => (int?)b.Results, "0 success, 1 warnings, 2 failure, 3 skipped, 4 exception, 5 retry, 6 cancelled; null while it runs.")
        .Json("properties", b => b.Properties, "The properties named by property=, each [value, source].")
        .Text("reason", b => b.Reason, "Why it was made.")
        .Text("branch", b => b.Branch, "The branch of its first source stamp.")
        .Text("revision", b => b.Revision, "The revision that was built.")
        .Number("config_revision", b => b.ConfigRevision, "The revision of the configuration it runs with.")
        .Number("attempt", b => b.Attempt, "Which attempt of its request it is, from 1.")
        .Json("owner_epoch", b => b.OwnerEpoch, "How often it changed its master; null when it has ended.");

    private static readonly Resource<PropertyRecord> PropertyList = new Resource<PropertyRecord>("_properties", "_property")
        .Text("name", p => p.Name, "The name.")
        .Text("source", p => p.Source, "Where it comes from.")
        .Text("value", p => p.Value, "The value, as text of JSON.");

    public static void MapBuilds(this RouteGroupBuilder api)
    {
        api.MapMethods("/builds", Routes.Reading, (IBuildLists builds, HttpRequest request, CancellationToken cancellation) => List(builds, request, cancellation)).Reads(3, "All builds, newest first").Lists(Builds);
        api.MapMethods("/builders/{builder}/builds", Routes.Reading, async (string builder, IBuilderLists builders, IBuildLists builds, HttpRequest request, CancellationToken cancellation) =>
            await builders.IdOf(builder, cancellation) is { } id ? await List(builds, request, cancellation, ("builderid", id)) : Problems.NotFound($"builder {builder}")).Reads(4, "The builds of a builder").Lists(Builds);
        api.MapMethods("/buildrequests/{id:long}/builds", Routes.Reading, (long id, IBuildLists builds, HttpRequest request, CancellationToken cancellation) =>
            List(builds, request, cancellation, ("buildrequestid", id))).Reads(3, "The builds of a request, oldest first: more than one when it was tried again").Lists(Builds);
        api.MapMethods("/buildsets/{id:long}/builds", Routes.Reading, (long id, IBuildLists builds, HttpRequest request, CancellationToken cancellation) =>
            List(builds, request, cancellation, ("buildsetid", id))).Reads(3, "The builds of a buildset").Lists(Builds);
        api.MapMethods("/workers/{worker}/builds", Routes.Reading, async (string worker, IWorkerQueries workers, IBuildLists builds, HttpRequest request, CancellationToken cancellation) =>
            await workers.Named(worker, cancellation) is { } found ? await List(builds, request, cancellation, ("workerid", found.Id)) : Problems.NotFound($"worker {worker}")).Reads(4, "The builds that ran on a worker").Lists(Builds);
        api.MapMethods("/changes/{id:long}/builds", Routes.Reading, (long id, IBuildLists builds, HttpRequest request, CancellationToken cancellation) =>
            List(builds, request, cancellation, ("changeid", id))).Reads(3, "The builds that were made for a change").Lists(Builds);
        api.MapMethods("/builds/{id:long}/triggered_builds", Routes.Reading, (long id, IBuildLists builds, HttpRequest request, CancellationToken cancellation) =>
            List(builds, request, cancellation, ("parent_buildid", id))).Reads(3, "The builds that a build set in motion").Lists(Builds);
        api.MapMethods("/builds/{id:long}", Routes.Reading, (long id, IBuildLists builds, HttpRequest request, CancellationToken cancellation) => One(builds, id, $"build {id}", request, cancellation)).Reads(2, "One build").ShowsOne(Builds);
        api.MapMethods("/builders/{builder}/builds/{number:int}", Routes.Reading, async (string builder, int number, IBuildLists builds, HttpRequest request, CancellationToken cancellation) =>
            await One(builds, await builds.IdOf(builder, number, cancellation), $"build {number} of {builder}", request, cancellation)).Reads(3, "One build, by its number within the builder").ShowsOne(Builds);
        api.MapMethods("/builds/{id:long}/properties", Routes.Reading, async (long id, IBuildLists builds, CancellationToken cancellation) =>
            Rest.Properties(await builds.Properties(id, cancellation), $"build {id}")).Reads(1, "The properties of a build: each name with [value, source]");
        api.MapMethods("/builders/{builder}/builds/{number:int}/properties", Routes.Reading, async (string builder, int number, IBuildLists builds, CancellationToken cancellation) =>
            Rest.Properties(await builds.IdOf(builder, number, cancellation) is { } id ? await builds.Properties(id, cancellation) : null, $"build {number} of {builder}")).Reads(2, "The properties of a build");
        api.MapMethods("/builds/{id:long}/property_list", Routes.Reading, async (long id, IBuildLists builds, HttpRequest request, CancellationToken cancellation) =>
            await builds.Properties(id, cancellation) is { } properties ? PropertyList.List(properties, request) : Problems.NotFound($"build {id}")).Reads(1, "The properties of a build as a list").ListsAll(PropertyList);
        api.MapMethods("/buildsets/{id:long}/properties", Routes.Reading, async (long id, IQueueLists queue, CancellationToken cancellation) =>
            Rest.Properties(await queue.Properties(id, cancellation), $"buildset {id}")).Reads(1, "The properties that a buildset gives its builds");
        api.MapMethods("/buildsets/{id:long}/properties_list", Routes.Reading, async (long id, IQueueLists queue, HttpRequest request, CancellationToken cancellation) =>
            await queue.Properties(id, cancellation) is { } properties ? PropertyList.List(properties, request) : Problems.NotFound($"buildset {id}")).Reads(1, "The properties of a buildset as a list").ListsAll(PropertyList);

        Control[] controls = [new("stop", Right.Stop, Stop), new("rebuild", Right.Force, Rebuild)];
        api.MapControl("/builds/{id:long}", controls);
        api.MapControl("/builders/{builder}/builds/{number:int}", controls);
    }

    private static Task<IResult> List(IBuildLists builds, HttpRequest request, CancellationToken cancellation, params (string Field, long Value)[] within) => Builds.List(request, query =>
    {
        var list = query.List;
        foreach (var (field, value) in within)
        {
            list = list.Where(field, value);
            // The few builds of one request are told in their order, as Buildbot does.
            if (field == "buildrequestid" && list.Order.Count == 0 && list.After is null)
                list = list with { Order = [new("buildid", false)] };
        }
        return builds.Builds(list, query.Properties, cancellation);
    });

    private static Task<IResult> One(IBuildLists builds, long? id, string what, HttpRequest request, CancellationToken cancellation) =>
        Builds.One(request, what, query => id is { } known
            ? builds.Builds(new ListQuery { Limit = 1 }.Where("buildid", known), query.Properties, cancellation)
            : Task.FromResult<ListAnswer<ListedBuild>>(new ListAnswer<ListedBuild>.Rows([])));

    private static async Task<Reply> Stop(Call call)
    {
        var reason = call.Arguments.Text("reason");
        // Buildbot lets the caller choose the result; here a stopped build is always cancelled.
        if (call.Arguments.Number("results") is not (null or (long)BuildResult.Cancelled))
            call.Arguments.Wrong("results", "A stopped build ends as cancelled (6).");
        if (call.Refuses(out var refusal))
            return refusal;
        return await Named(call) is { } id ? await Reply.Of(call.Get<IBuildActions>().Stop(id, reason, call.By, call.Cancellation)) : NotThere(call);
    }

    private static async Task<Reply> Rebuild(Call call)
    {
        var reason = call.Arguments.Text("reason");
        if (call.Refuses(out var refusal))
            return refusal;
        if (await Named(call) is not { } id)
            return NotThere(call);
        var outcome = await call.Get<IBuildActions>().Rebuild(id, reason, call.By, call.Cancellation);
        // As force answers: the buildset, and for each builder its request.
        return outcome is ActionOutcome.Done { Id: { } made } && await call.Get<IQueueQueries>().Request(made, call.Cancellation) is { } request
            ? new(outcome, new JsonArray(request.BuildsetId, new JsonObject { [request.BuilderId.ToString(CultureInfo.InvariantCulture)] = made }))
            : new(outcome);
    }

    private static async Task<long?> Named(Call call) => call.Route("builder") is { Length: > 0 } builder
        ? await call.Get<IBuildLists>().IdOf(builder, int.Parse(call.Route("number"), CultureInfo.InvariantCulture), call.Cancellation)
        : call.Id;

    private static Reply NotThere(Call call) => new(new ActionOutcome.NotFound($"build {call.Route("number")} of {call.Route("builder")}"));
}
