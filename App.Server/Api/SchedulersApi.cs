using Weir.Shared;
using Weir.Shared.Changes;
using Weir.Shared.Identity;
using Weir.Shared.Masters;
using Weir.Shared.Pauses;
using Weir.Shared.Schedulers;

namespace Weir.App.Server.Api;

/// <summary><c>/schedulers</c> with enable and disable, <c>/changesources</c> with poll; also below masters.</summary>
internal static class SchedulersApi
{
    private sealed record Shown(SchedulerRecord Scheduler, IReadOnlyList<MasterRecord> Masters);

    private sealed record ShownSource(ChangeSourceRecord Source, IReadOnlyList<MasterRecord> Masters);

    private static readonly Resource<Shown> Schedulers = new Resource<Shown>("schedulers", "scheduler")
        .Number("schedulerid", s => s.Scheduler.Id, "The number of this scheduler.")
        .Text("name", s => s.Scheduler.Name, "Its name.")
        .Truth("enabled", s => s.Scheduler.Enabled, "Whether it is switched on.")
        .Json("master", s => MastersApi.Serving(s.Masters), "An active engine; schedulers belong to all of them. Null when there is none.")
        .Text("type", s => s.Scheduler.Kind, "What kind of scheduler it is.")
        .Texts("builder_names", s => s.Scheduler.Builders, "The builders for which it makes requests.")
        .Time("next_fire_at", s => s.Scheduler.NextFireAt, "When it fires next, if it is known.")
        .Time("last_fire_at", s => s.Scheduler.LastFireAt, "When it fired last.")
        .Number("last_buildsetid", s => s.Scheduler.LastBuildsetId, "The buildset it made last.")
        .Text("last_error", s => s.Scheduler.LastError, "What went wrong last.")
        .Text("cron", s => s.Scheduler.Cron, "The times of a nightly one.")
        .Text("time_zone", s => s.Scheduler.TimeZone, "The zone in which these times are meant.")
        .Truth("paused", s => s.Scheduler.PausedBy is not null, "Whether somebody has paused it.")
        .Text("paused_by", s => s.Scheduler.PausedBy, "Who.")
        .Text("pause_reason", s => s.Scheduler.PauseReason, "Why.")
        .Time("paused_until", s => s.Scheduler.PausedUntil, "When the pause ends by itself.")
        .Number("last_lateness_ms", s => s.Scheduler.LastLateness is { } late ? (long)late.TotalMilliseconds : null, "How late its last timed firing was.");

    private static readonly Resource<ShownSource> ChangeSources = new Resource<ShownSource>("changesources", "changesource")
        .Number("changesourceid", s => s.Source.Id, "The number of this change source.")
        .Text("name", s => s.Source.Name, "Its name.")
        .Json("master", s => MastersApi.Serving(s.Masters), "An active engine; change sources belong to all of them. Null when there is none.")
        .Text("type", s => s.Source.Kind, "What kind of source it is.")
        .Time("last_poll_at", s => s.Source.LastPollAt, "When it last looked.")
        .Time("next_poll_at", s => s.Source.NextPollAt, "When it looks next.")
        .Text("last_error", s => s.Source.LastError, "What went wrong last.")
        .Number("failures", s => s.Source.Failures, "How often in a row it went wrong.");

    public static void MapSchedulers(this RouteGroupBuilder api)
    {
        api.MapMethods("/schedulers", Routes.Reading, async (ISchedulerQueries schedulers, IMasterQueries masters, HttpRequest request, CancellationToken cancellation) =>
            Schedulers.List(With(await schedulers.List(cancellation), await masters.List(cancellation)), request)).Reads(4, "All schedulers").ListsAll(Schedulers);
        api.MapMethods("/masters/{id:long}/schedulers", Routes.Reading, async (long id, ISchedulerQueries schedulers, IMasterQueries masters, HttpRequest request, CancellationToken cancellation) =>
            Schedulers.List(await Runs(masters, id, cancellation) is { } all ? With(await schedulers.List(cancellation), all) : [], request)).Reads(4, "The schedulers that a master runs").ListsAll(Schedulers);
        api.MapMethods("/schedulers/{scheduler}", Routes.Reading, async (string scheduler, ISchedulerQueries schedulers, IMasterQueries masters, HttpRequest request, CancellationToken cancellation) =>
            Schedulers.One(await Named(schedulers, scheduler, cancellation) is { } found ? new Shown(found, await masters.List(cancellation)) : null, $"scheduler {scheduler}", request)).Reads(4, "One scheduler, by its number or name").ShowsOne(Schedulers);
        api.MapMethods("/masters/{id:long}/schedulers/{scheduler}", Routes.Reading, async (long id, string scheduler, ISchedulerQueries schedulers, IMasterQueries masters, HttpRequest request, CancellationToken cancellation) =>
            Schedulers.One(await Runs(masters, id, cancellation) is { } all && await Named(schedulers, scheduler, cancellation) is { } found ? new Shown(found, all) : null, $"scheduler {scheduler}", request)).Reads(4, "One of the schedulers that a master runs").ShowsOne(Schedulers);
        api.MapMethods("/changesources", Routes.Reading, async (IChangeQueries changes, IMasterQueries masters, HttpRequest request, CancellationToken cancellation) =>
            ChangeSources.List(With(await changes.Sources(cancellation), await masters.List(cancellation)), request)).Reads(2, "All change sources").ListsAll(ChangeSources);
        api.MapMethods("/masters/{id:long}/changesources", Routes.Reading, async (long id, IChangeQueries changes, IMasterQueries masters, HttpRequest request, CancellationToken cancellation) =>
            ChangeSources.List(await Runs(masters, id, cancellation) is { } all ? With(await changes.Sources(cancellation), all) : [], request)).Reads(2, "The change sources that a master runs").ListsAll(ChangeSources);
        api.MapMethods("/changesources/{source}", Routes.Reading, async (string source, IChangeQueries changes, IMasterQueries masters, HttpRequest request, CancellationToken cancellation) =>
            ChangeSources.One(Named(await changes.Sources(cancellation), source) is { } found ? new ShownSource(found, await masters.List(cancellation)) : null, $"change source {source}", request)).Reads(2, "One change source, by its number or name").ShowsOne(ChangeSources);
        api.MapControl("/schedulers/{scheduler}",
        [
            new Control("enable", Right.Admin, call => SetEnabled(call, true)),
            new Control("disable", Right.Admin, call => SetEnabled(call, false)),
            new Control("fire", Right.Force, Fire),
            .. PausesApi.For(PauseKind.Scheduler, async call => (await Named(call.Get<ISchedulerQueries>(), call.Route("scheduler"), call.Cancellation))?.Name),
        ]);
        api.MapControl("/changesources/{source}", new Control("poll", Right.Force, Poll));
    }

    private static IEnumerable<Shown> With(IEnumerable<SchedulerRecord> schedulers, IReadOnlyList<MasterRecord> masters) => schedulers.Select(s => new Shown(s, masters));

    private static IEnumerable<ShownSource> With(IEnumerable<ChangeSourceRecord> sources, IReadOnlyList<MasterRecord> masters) => sources.Select(s => new ShownSource(s, masters));

    // All engines run them together.
    private static async Task<IReadOnlyList<MasterRecord>?> Runs(IMasterQueries masters, long id, CancellationToken cancellation)
    {
        var all = await masters.List(cancellation);
        return all.Any(m => m.Id == id && m.Roles.Contains("engine") && m.State is MasterState.Active or MasterState.Draining) ? [.. all.Where(m => m.Id == id)] : null;
    }

    private static ChangeSourceRecord? Named(IReadOnlyList<ChangeSourceRecord> all, string given) => all.FirstOrDefault(s => Rest.IsNumber(given, s.Id)) ?? all.FirstOrDefault(s => s.Name == given);

    private static async Task<Reply> Poll(Call call)
    {
        if (call.Refuses(out var refusal))
            return refusal;
        return Named(await call.Get<IChangeQueries>().Sources(call.Cancellation), call.Route("source")) is { } source
            ? await Reply.Of(call.Get<IChangeActions>().PollNow(source.Name, call.By, call.Cancellation))
            : new(new ActionOutcome.NotFound($"change source {call.Route("source")}"));
    }

    private static async Task<SchedulerRecord?> Named(ISchedulerQueries schedulers, string given, CancellationToken cancellation)
    {
        var all = await schedulers.List(cancellation);
        return all.FirstOrDefault(s => Rest.IsNumber(given, s.Id)) ?? all.FirstOrDefault(s => s.Name == given);
    }

    private static async Task<Reply> Fire(Call call)
    {
        var reason = call.Arguments.Text("reason");
        if (call.Refuses(out var refusal))
            return refusal;
        return await Named(call.Get<ISchedulerQueries>(), call.Route("scheduler"), call.Cancellation) is { } scheduler
            ? await Reply.Of(call.Get<ISchedulerFiring>().Fire(scheduler.Name, reason, call.By, call.Cancellation))
            : new(new ActionOutcome.NotFound($"scheduler {call.Route("scheduler")}"));
    }

    private static async Task<Reply> SetEnabled(Call call, bool enabled)
    {
        // Buildbot switches off by {"method": "enable", "params": {"enabled": false}}.
        if (enabled)
            enabled = call.Arguments.Boolean("enabled") ?? true;
        if (call.Refuses(out var refusal))
            return refusal;
        return await Named(call.Get<ISchedulerQueries>(), call.Route("scheduler"), call.Cancellation) is { } scheduler
            ? await Reply.Of(call.Get<ISchedulerActions>().SetEnabled(scheduler.Name, enabled, call.By, call.Cancellation))
            : new(new ActionOutcome.NotFound($"scheduler {call.Route("scheduler")}"));
    }
}
