using System.Globalization;
using Microsoft.AspNetCore.Mvc;
using Weir.App.Server.Events;
using Weir.App.Server.Limits;
using Weir.Shared;
using Weir.Shared.Events;

namespace Weir.App.Server.Api;

/// <summary>
/// <c>/events</c>: what happens, as server-sent events with the numbers of the store. Who comes back with the last number it has (<c>Last-Event-ID</c>, or <c>after=</c>) gets everything
/// behind it, from any master.
/// </summary>
internal static class EventsApi
{
    private const string Form = "events";

    public static void MapEvents(this RouteGroupBuilder api) => api.MapGet("/events", Listen).LongLived()
        .WithSummary("What happens, as server-sent events: numbered, resumable with Last-Event-ID or after=, narrowed by topics=builds,builders.7");

    private static async Task<IResult> Listen(HttpContext context, IEventFeed feed, EventStreams streams)
    {
        var (filter, after, mayBeGone, problems) = Read(context.Request);
        if (problems.Count > 0)
            return Problems.Invalid(problems);
        using var life = new StreamLife(context);
        Gap? gap = null;
        if (after is { } asked && await Lost(feed, asked, life.Token) is { } lost)
        {
            if (!mayBeGone)
                return Gone(asked, lost);
            gap = lost;
            after = lost.Begin;
        }
        // This master may be behind the one that the client comes from.
        var had = after ?? 0;
        var connection = new EventConnection(Form, e => e.Number > had && filter!.Wants(e), e => [e.Sse]);
        try
        {
            await Send(context, streams, connection, filter!, after, gap, life.Token);
        }
        catch (OperationCanceledException)
        {
            // The client went, or must come again.
        }
        finally
        {
            streams.Leave(connection);
        }
        return Results.Empty;
    }

    private static async Task Send(HttpContext context, EventStreams streams, EventConnection connection, EventTopicFilter filter, long? after, Gap? gap, CancellationToken cancellation)
    {
        var response = new SseResponse(context, connection);
        await response.Start(cancellation);
        if (gap is not null)
            await response.Write(string.Create(CultureInfo.InvariantCulture, $"event: gap\nid: {gap.Begin}\ndata: {{\"oldest\":{gap.Oldest},\"latest\":{gap.Latest}}}\n\n"), cancellation);
        // What is long past is sent before the stream joins the living, so that nothing piles up meanwhile.
        if (after is { } from && streams.Told is > 0 and var told && told > from)
            after = await Replay(response, connection, streams, filter, from, told, cancellation);
        var joined = await streams.Join(connection, cancellation);
        if (after is { } missed)
            await Replay(response, connection, streams, filter, missed, joined, cancellation);
        else
            await response.Write(string.Create(CultureInfo.InvariantCulture, $"id: {joined}\n: what happens behind number {joined} follows\n\n"), cancellation);
        await response.Run(() => string.Create(CultureInfo.InvariantCulture, $"id: {Math.Max(streams.Told, after ?? 0)}\n: nothing else up to here\n\n"), cancellation);
    }

    private static async Task<long> Replay(SseResponse response, EventConnection connection, EventStreams streams, EventTopicFilter filter, long after, long until, CancellationToken cancellation)
    {
        await foreach (var e in streams.History(after, until, filter.Wants, cancellation))
        {
            await response.Write(e.Sse, cancellation);
            if (connection.WasCut)
                break;
        }
        return until;
    }

    private static (EventTopicFilter? Filter, long? After, bool MayBeGone, List<FieldProblem> Problems) Read(HttpRequest request)
    {
        var problems = new List<FieldProblem>(request.Query.Keys.Where(k => k is not ("topics" or "after")).Select(k => new FieldProblem(k, "Only topics and after are known here.")));
        var (filter, problem) = EventTopicFilter.Read(request.Query["topics"]);
        if (problem is not null)
            problems.Add(new("topics", problem));
        // A browser that comes back by itself says so in the header, whatever the address says.
        var header = request.Headers["Last-Event-ID"].ToString();
        var (name, text) = header.Length > 0 ? ("Last-Event-ID", header) : ("after", request.Query["after"].ToString());
        long? after = null;
        if (long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
            after = number;
        else if (text.Length > 0)
            problems.Add(new(name, "The number of an event is expected: the id that came with it."));
        return (filter, after, header.Length > 0, problems);
    }

    private sealed record Gap(long Oldest, long Latest)
    {
        /// <summary>From here on nothing is missing.</summary>
        public long Begin => Math.Min(Oldest - 1, Latest);
    }

    private static async Task<Gap?> Lost(IEventFeed feed, long after, CancellationToken cancellation)
    {
        var (oldest, latest) = await feed.Kept(cancellation);
        return after + 1 < oldest || after > latest ? new(oldest, latest) : null;
    }

    // A program that asks for a number is told plainly. A browser cannot read such an answer and would give up for ever: it gets the stream, with the gap as its first event.
    private static IResult Gone(long asked, Gap lost)
    {
        var details = new ProblemDetails
        {
            Status = StatusCodes.Status410Gone,
            Title = "No longer kept",
            Detail = asked > lost.Latest
                ? FormattableString.Invariant($"There is no event {asked} yet: the newest is {lost.Latest}. It may be the number of another store, or of this one before it was set back. Read what you need anew, then begin with after={lost.Latest}.")
                : FormattableString.Invariant($"Events behind {asked} are no longer kept: the oldest is {lost.Oldest}. Read what you need anew, then begin with after={lost.Latest}; or with after={lost.Begin} for all that is kept."),
        };
        details.Extensions["oldest"] = lost.Oldest;
        details.Extensions["latest"] = lost.Latest;
        details.Extensions["begin"] = lost.Latest;
        return Results.Problem(details);
    }
}
