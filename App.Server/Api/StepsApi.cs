using System.Text.Json.Nodes;
using Weir.Shared.Builds;
using Weir.Shared.Steps;

namespace Weir.App.Server.Api;

/// <summary><c>/builds/{id}/steps</c> and <c>/steps</c>.</summary>
internal static class StepsApi
{
    private static readonly Resource<StepRecord> Steps = new("steps",
        ("stepid", s => s.Id),
        ("number", s => s.Number),
        ("name", s => s.Name),
        ("buildid", s => s.BuildId),
        ("kind", s => s.Kind),
        ("started_at", s => Rest.Seconds(s.StartedAt)),
        ("started_at_ms", s => Rest.Milliseconds(s.StartedAt)),
        ("locks_acquired_at", s => Rest.Seconds(s.StartedAt)),
        ("complete", s => s.CompletedAt is not null),
        ("complete_at", s => Rest.Seconds(s.CompletedAt)),
        ("complete_at_ms", s => Rest.Milliseconds(s.CompletedAt)),
        ("state_string", s => s.StateText),
        ("results", s => (int?)s.Results),
        ("urls", _ => new JsonArray()),
        ("hidden", s => s.Hidden));

    public static void MapSteps(this RouteGroupBuilder api)
    {
        api.MapGet("/builds/{id:long}/steps", async (long id, IBuildQueries builds, IStepQueries steps, CancellationToken cancellation) =>
            await builds.Find(id, cancellation) is null ? Problems.NotFound($"build {id}") : Steps.All(await steps.OfBuild(id, cancellation)));
        api.MapGet("/builders/{builder}/builds/{number:int}/steps", async (string builder, int number, IBuilderQueries builders, IBuildQueries builds, IStepQueries steps, CancellationToken cancellation) =>
            await builders.Named(builder, cancellation) is { } found && await builds.Find(found.Name, number, cancellation) is { } build
                ? Steps.All(await steps.OfBuild(build.Id, cancellation))
                : Problems.NotFound($"build {number} of {builder}"));
        api.MapGet("/steps/{id:long}", async (long id, IStepQueries steps, HttpRequest request, CancellationToken cancellation) => Steps.One(await steps.Find(id, cancellation), $"step {id}", request));
    }
}
