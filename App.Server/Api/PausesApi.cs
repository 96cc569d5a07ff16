using System.Text.Json.Nodes;
using Weir.Shared;
using Weir.Shared.Builds;
using Weir.Shared.Identity;
using Weir.Shared.Pauses;
using Weir.Shared.Workers;

namespace Weir.App.Server.Api;

/// <summary><c>/pauses</c>: those in force (or ended), a new one for many things at once, with a preview; and the actions pause and resume of each thing.</summary>
internal static class PausesApi
{
    private const int MostEnded = 1000;

    private static readonly Resource<PauseRecord> Pauses = new Resource<PauseRecord>("pauses", "pause")
        .Number("pauseid", p => p.Id, "The number of this pause.")
        .Text("kind", p => p.Kind.ToString().ToLowerInvariant(), "worker, builder, scheduler, project or everything.")
        .Text("name", p => p.Subject, "The name of what is paused; empty for everything.")
        .Text("by", p => p.By, "Who paused it.")
        .Text("reason", p => p.Reason, "Why.")
        .Time("since", p => p.Since, "Since when.")
        .Time("until", p => p.Until, "When it ends by itself; null: when somebody ends it.")
        .Time("ended_at", p => p.EndedAt, "When it ended; null: it holds.")
        .Text("ended_by", p => p.EndedBy, "Who ended it; null, where it has ended: its time was over.");

    public static void MapPauses(this RouteGroupBuilder api)
    {
        api.MapMethods("/pauses", Routes.Reading, async (IPauseQueries pauses, HttpRequest request, CancellationToken cancellation) =>
            Pauses.List(request.Query["ended"] == "true" ? await pauses.Ended(MostEnded, cancellation) : await pauses.InForce(cancellation), request)).Reads(1, "The pauses in force; with ended=true the last that have ended").ListsAll(Pauses);
        api.MapMethods("/pauses/{id:long}", Routes.Reading, async (long id, IPauseQueries pauses, HttpRequest request, CancellationToken cancellation) =>
            Pauses.One(await pauses.Find(id, cancellation), $"pause {id}", request)).Reads(1, "One pause").ShowsOne(Pauses);
        api.MapControl("/pauses", new Control("pause", Right.Admin, PauseMany), new Control("resume", Right.Admin, ResumeMany), new Control("preview", Right.Admin, Preview));
        api.MapControl("/pauses/{id:long}", new Control("resume", Right.Admin, ResumeOne));
        api.MapControl("/builders/{builder}", For(PauseKind.Builder, Builder));
        api.MapControl("/projects/{project}", For(PauseKind.Project, Project));
    }

    /// <summary>The actions pause and resume of a thing that its address names.</summary>
    /// <param name="kind">What it is.</param>
    /// <param name="name">Its name; null: there is no such thing.</param>
    public static Control[] For(PauseKind kind, Func<Call, Task<string?>> name) =>
    [
        new Control("pause", Right.Admin, call => Pause(call, kind, name)),
        new Control("resume", Right.Admin, call => Resume(call, kind, name)),
    ];

    public static async Task<string?> Worker(Call call) => (await call.Get<IWorkerQueries>().Named(call.Route("worker"), call.Cancellation))?.Name;

    private static async Task<string?> Builder(Call call) => (await call.Get<IBuilderLists>().Find(call.Route("builder"), call.Cancellation))?.Name;

    private static async Task<string?> Project(Call call)
    {
        var all = await call.Get<IBuilderLists>().Projects(call.Cancellation);
        return (all.FirstOrDefault(p => Rest.IsNumber(call.Route("project"), p.Id)) ?? all.FirstOrDefault(p => p.Name == call.Route("project")))?.Name;
    }

    private static async Task<Reply> Pause(Call call, PauseKind kind, Func<Call, Task<string?>> name)
    {
        var (reason, until) = (call.Arguments.Text("reason"), GivenTerms.Moment(call.Arguments, "until"));
        if (call.Refuses(out var refusal))
            return refusal;
        return await name(call) is { } found
            ? await Reply.Of(call.Get<IPauseActions>().Begin(new([new(kind, found)], reason, until), call.By, call.Cancellation))
            : Missing(call, kind);
    }

    private static async Task<Reply> Resume(Call call, PauseKind kind, Func<Call, Task<string?>> name)
    {
        if (call.Refuses(out var refusal))
            return refusal;
        return await name(call) is { } found ? await Reply.Of(call.Get<IPauseActions>().End([new(kind, found)], call.By, call.Cancellation)) : Missing(call, kind);
    }

    private static Reply Missing(Call call, PauseKind kind)
    {
        var word = kind.ToString().ToLowerInvariant();
        return new(new ActionOutcome.NotFound($"{word} {call.Route(word)}"));
    }

    private static async Task<Reply> PauseMany(Call call)
    {
        var (subjects, reason, until) = (Subjects(call.Arguments), call.Arguments.Text("reason"), GivenTerms.Moment(call.Arguments, "until"));
        return call.Refuses(out var refusal) ? refusal : await Reply.Of(call.Get<IPauseActions>().Begin(new(subjects, reason, until), call.By, call.Cancellation));
    }

    private static async Task<Reply> ResumeMany(Call call)
    {
        var subjects = Subjects(call.Arguments);
        return call.Refuses(out var refusal) ? refusal : await Reply.Of(call.Get<IPauseActions>().End(subjects, call.By, call.Cancellation));
    }

    private static async Task<Reply> ResumeOne(Call call)
    {
        if (call.Refuses(out var refusal))
            return refusal;
        return await call.Get<IPauseQueries>().Find(call.Id, call.Cancellation) switch
        {
            null => new(new ActionOutcome.NotFound($"pause {call.Id}")),
            { EndedAt: not null } => new(new ActionOutcome.Conflict("This pause has ended already.")),
            var pause => await Reply.Of(call.Get<IPauseActions>().End([new(pause.Kind, pause.Subject)], call.By, call.Cancellation)),
        };
    }

    private static async Task<Reply> Preview(Call call)
    {
        var subjects = Subjects(call.Arguments);
        if (call.Refuses(out var refusal))
            return refusal;
        var preview = await call.Get<IPauseQueries>().Preview(subjects, call.Cancellation);
        return new(new ActionOutcome.Done(), new JsonObject
        {
            ["builders"] = Rest.Array(preview.Builders),
            ["waiting"] = preview.Waiting,
            ["running"] = preview.Running,
            ["schedulers"] = Rest.Array(preview.Schedulers),
        });
    }

    private static IReadOnlyList<PauseSubject> Subjects(Arguments given)
    {
        PauseSubject[] named = [
            .. given.Texts("workers").Select(n => new PauseSubject(PauseKind.Worker, n)), .. given.Texts("builders").Select(n => new PauseSubject(PauseKind.Builder, n)),
            .. given.Texts("schedulers").Select(n => new PauseSubject(PauseKind.Scheduler, n)), .. given.Texts("projects").Select(n => new PauseSubject(PauseKind.Project, n)),
            .. given.Boolean("everything") == true ? [PauseSubject.Everything] : Array.Empty<PauseSubject>()];
        if (named.Length == 0)
            given.Wrong("workers", "Name what is meant: workers, builders, schedulers, projects, or everything: true.");
        return named;
    }
}
