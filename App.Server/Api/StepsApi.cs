using System.Text.Json.Nodes;
using Weir.Shared.Builds;
using Weir.Shared.Steps;

namespace Weir.App.Server.Api;

/// <summary><c>/steps</c>, and the steps of a build by number or by name.</summary>
internal static class StepsApi
{
    private static readonly Resource<StepRecord> Steps = new Resource<StepRecord>("steps", "step")
        .Number("stepid", s => s.Id, "The number of this step among all.")
        .Number("number", s => s.Number, "Its place in the build, from 0.")
        .Text("name", s => s.Name, "Its name, unique within the build.")
        .Number("buildid", s => s.BuildId, "Its build.")
        .Text("kind", s => s.Kind, "What kind of step it is: git, run, set.")
        .Time("started_at", s => s.StartedAt, "When it started.")
        .Time("locks_acquired_at", s => s.LocksAcquiredAt ?? (s.CompletedAt is null ? null : s.StartedAt), "When it had its locks; null: it waits for them.")
        .Truth("complete", s => s.CompletedAt is not null, "Whether it has ended.")
        .Time("complete_at", s => s.CompletedAt, "When it ended; null while it runs.")
        .Text("state_string", s => s.StateText, "What it does now, or what came of it, in a few words.")
        .Number("results", s => (int?)s.Results, "Its result, as a build's; null while it runs.")
        .Json("statistics", s => new JsonObject(s.Statistics.Select(c => KeyValuePair.Create(c.Key, (JsonNode?)c.Value))), "Numbers that it counted: attempts, warnings-count.")
        .Json("urls", s => new JsonArray([.. s.Triggered.Where(t => t.Number is not null).Select(t => (JsonNode)new JsonObject { ["name"] = FormattableString.Invariant($"{t.BuilderName} #{t.Number}"), ["url"] = FormattableString.Invariant($"/builders/{Uri.EscapeDataString(t.BuilderName)}/builds/{t.Number}") })]), "Links that it left, each with name and url: the builds that it has triggered.")
        .Truth("hidden", s => s.Hidden, "Whether pages leave it out.");

    public static void MapSteps(this RouteGroupBuilder api)
    {
        api.MapMethods("/steps/{id:long}", Routes.Reading, async (long id, IStepQueries steps, HttpRequest request, CancellationToken cancellation) => Steps.One(await steps.Find(id, cancellation), $"step {id}", request)).Reads(1, "One step").ShowsOne(Steps);
        api.MapMethods("/builds/{id:long}/steps", Routes.Reading, (long id, IBuildLists builds, IStepQueries steps, HttpRequest request, CancellationToken cancellation) =>
            OfBuild(id, $"build {id}", builds, steps, request, cancellation)).Reads(2, "The steps of a build that have begun, in their order").ListsAll(Steps);
        api.MapMethods("/builders/{builder}/builds/{number:int}/steps", Routes.Reading, async (string builder, int number, IBuildLists builds, IStepQueries steps, HttpRequest request, CancellationToken cancellation) =>
            await OfBuild(await builds.IdOf(builder, number, cancellation), $"build {number} of {builder}", builds, steps, request, cancellation)).Reads(3, "The steps of a build that have begun, in their order").ListsAll(Steps);
        api.MapMethods("/builds/{id:long}/steps/{step}", Routes.Reading, async (long id, string step, IStepQueries steps, HttpRequest request, CancellationToken cancellation) =>
            Steps.One(await steps.Named(id, step, cancellation), $"step {step} of build {id}", request)).Reads(1, "One step of a build, by its number or its name").ShowsOne(Steps);
        api.MapMethods("/builders/{builder}/builds/{number:int}/steps/{step}", Routes.Reading, async (string builder, int number, string step, IBuildLists builds, IStepQueries steps, HttpRequest request, CancellationToken cancellation) =>
            Steps.One(await builds.IdOf(builder, number, cancellation) is { } id ? await steps.Named(id, step, cancellation) : null, $"step {step} of build {number} of {builder}", request)).Reads(2, "One step of a build, by its number or its name").ShowsOne(Steps);
    }

    /// <summary>A step as an address names it: by its number within the build, else by its name.</summary>
    public static async Task<StepRecord?> Named(this IStepQueries steps, long build, string given, CancellationToken cancellation)
    {
        var all = await steps.OfBuild(build, cancellation);
        return all.FirstOrDefault(s => Rest.IsNumber(given, s.Number)) ?? all.FirstOrDefault(s => s.Name == given);
    }

    private static async Task<IResult> OfBuild(long? build, string what, IBuildLists builds, IStepQueries steps, HttpRequest request, CancellationToken cancellation)
    {
        var all = build is { } id ? await steps.OfBuild(id, cancellation) : [];
        return all.Count == 0 && (build is null || await builds.Properties(build.Value, cancellation) is null) ? Problems.NotFound(what) : Steps.List(all, request);
    }
}
