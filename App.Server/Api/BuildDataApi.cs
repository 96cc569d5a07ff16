using System.Globalization;
using System.Text;
using Weir.Shared.Builds;
using Weir.Shared.Steps;

namespace Weir.App.Server.Api;

/// <summary><c>/builds/{id}/data</c>: what the steps of a build gave out, each as STEP.OUTPUT. A list says how long the values are; a value is had by itself.</summary>
internal static class BuildDataApi
{
    private sealed record Datum(long BuildId, StepOutput Output)
    {
        public string Name => $"{Output.Step}.{Output.Name}";
    }

    private static readonly Resource<Datum> Data = new Resource<Datum>("build_data", "build_data")
        .Number("buildid", d => d.BuildId, "Its build.")
        .Text("name", d => d.Name, "The step, a dot, and the name under which the step gave it out.")
        .Number("length", d => Encoding.UTF8.GetByteCount(d.Output.Value), "How many bytes the value has.")
        .Text("value", _ => null, "Always null, as in Buildbot: the value stands at .../value.")
        .Text("source", d => "step " + d.Output.Step, "Where it comes from.");

    public static void MapBuildData(this RouteGroupBuilder api)
    {
        Map(api, "/builds/{id:long}/data", 1, context => Task.FromResult<long?>(long.Parse(Routed(context, "id"), CultureInfo.InvariantCulture)));
        Map(api, "/builders/{builder}/builds/{number:int}/data", 2, context =>
            context.RequestServices.GetRequiredService<IBuildLists>().IdOf(Routed(context, "builder"), int.Parse(Routed(context, "number"), CultureInfo.InvariantCulture), context.RequestAborted));
    }

    private static void Map(RouteGroupBuilder api, string pattern, int calls, Func<HttpContext, Task<long?>> find)
    {
        api.MapMethods(pattern, Routes.Reading, async (HttpContext context) =>
            await Of(context, find) is { } all ? Data.List(all, context.Request) : Missing(context)).Reads(calls, "What the steps of a build gave out, by name; without the values").ListsAll(Data);
        api.MapMethods(pattern + "/{name}", Routes.Reading, async (HttpContext context) =>
            await Named(context, find) is { } found ? Data.One(found, "data", context.Request) : Missing(context)).Reads(calls, "One thing that a step of a build gave out, without the value").ShowsOne(Data);
        api.MapMethods(pattern + "/{name}/value", Routes.Reading, async (HttpContext context) =>
            await Named(context, find) is { } found ? Results.File(Encoding.UTF8.GetBytes(found.Output.Value), "application/octet-stream", found.Name) : Missing(context)).Reads(calls, "The value that a step of a build gave out, as its bytes");
    }

    private static async Task<IReadOnlyList<Datum>?> Of(HttpContext context, Func<HttpContext, Task<long?>> find) =>
        await find(context) is { } build && await context.RequestServices.GetRequiredService<IStepQueries>().Outputs(build, context.RequestAborted) is { } outputs
            ? [.. outputs.Select(o => new Datum(build, o))]
            : null;

    // A slash in a step's name stays encoded in the address.
    private static async Task<Datum?> Named(HttpContext context, Func<HttpContext, Task<long?>> find)
    {
        var name = Routed(context, "name").Replace("%2F", "/", StringComparison.OrdinalIgnoreCase);
        return (await Of(context, find))?.FirstOrDefault(d => d.Name == name);
    }

    private static string Routed(HttpContext context, string name) => context.Request.RouteValues[name] as string ?? "";

    private static IResult Missing(HttpContext context) => Problems.NotFound("build or data at " + context.Request.Path);
}
