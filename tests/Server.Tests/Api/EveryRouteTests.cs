using System.Diagnostics;
using System.Net;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Weir.App.Server.Api;

namespace Weir.Server.Tests.Api;

/// <summary>Every address that reads: it answers, it is described, and it asks the store as often as it says, not once more.</summary>
public sealed partial class EveryRouteTests(Site site) : IClassFixture<Site>
{
    // So often the store may be asked for one request. Whoever adds an address adds its line; whoever raises a number says why in the change.
    private static readonly Dictionary<string, int> Calls = new()
    {
        ["/api"] = 0,
        ["/api/v2"] = 0,
        ["/api/v2/application.spec"] = 0,
        ["/api/v2/openapi.json"] = 0,
        ["/api/v2/whoami"] = 0,
        ["/api/v2/masters"] = 1,
        ["/api/v2/orders"] = 1,
        ["/api/v2/orders/{id}"] = 1,
        ["/api/v2/pauses"] = 1,
        ["/api/v2/pauses/{id}"] = 1,
        ["/api/v2/masters/{id}"] = 1,
        ["/api/v2/masters/{id}/builders"] = 1,
        ["/api/v2/masters/{id}/builders/{builder}"] = 1,
        ["/api/v2/masters/{id}/workers"] = 1,
        ["/api/v2/masters/{id}/workers/{worker}"] = 2,
        ["/api/v2/masters/{id}/builders/{builder}/workers"] = 2,
        ["/api/v2/masters/{id}/builders/{builder}/workers/{worker}"] = 3,
        ["/api/v2/masters/{id}/schedulers"] = 4,
        ["/api/v2/masters/{id}/schedulers/{scheduler}"] = 4,
        ["/api/v2/masters/{id}/changesources"] = 2,
        ["/api/v2/builders"] = 1,
        ["/api/v2/builders/{builder}"] = 1,
        ["/api/v2/builders/{builder}/masters"] = 2,
        ["/api/v2/builders/{builder}/masters/{id}"] = 2,
        ["/api/v2/builders/{builder}/workers"] = 2,
        ["/api/v2/builders/{builder}/workers/{worker}"] = 3,
        ["/api/v2/builders/{builder}/forceschedulers"] = 4,
        ["/api/v2/builders/{builder}/buildrequests"] = 4,
        ["/api/v2/builders/{builder}/builds"] = 4,
        ["/api/v2/builders/{builder}/builds/{number}"] = 3,
        ["/api/v2/builders/{builder}/builds/{number}/properties"] = 2,
        ["/api/v2/builders/{builder}/builds/{number}/changes"] = 4,
        ["/api/v2/builders/{builder}/builds/{number}/steps"] = 3,
        ["/api/v2/builders/{builder}/builds/{number}/steps/{step}"] = 2,
        ["/api/v2/builders/{builder}/builds/{number}/steps/{step}/logs"] = 2,
        ["/api/v2/builders/{builder}/builds/{number}/steps/{step}/logs/{slug}"] = 2,
        ["/api/v2/builders/{builder}/builds/{number}/steps/{step}/logs/{slug}/contents"] = 5,
        ["/api/v2/builders/{builder}/builds/{number}/steps/{step}/logs/{slug}/raw"] = 6,
        ["/api/v2/builders/{builder}/builds/{number}/steps/{step}/logs/{slug}/raw_inline"] = 6,
        ["/api/v2/projects"] = 1,
        ["/api/v2/projects/{project}"] = 1,
        ["/api/v2/projects/{project}/builders"] = 2,
        ["/api/v2/codebases"] = 1,
        ["/api/v2/codebases/{codebase}"] = 1,
        ["/api/v2/builds"] = 3,
        ["/api/v2/builds/{id}"] = 2,
        ["/api/v2/builds/{id}/properties"] = 1,
        ["/api/v2/builds/{id}/property_list"] = 1,
        ["/api/v2/builds/{id}/data"] = 1,
        ["/api/v2/builds/{id}/data/{name}"] = 1,
        ["/api/v2/builds/{id}/data/{name}/value"] = 1,
        ["/api/v2/builders/{builder}/builds/{number}/data"] = 2,
        ["/api/v2/builders/{builder}/builds/{number}/data/{name}"] = 2,
        ["/api/v2/builders/{builder}/builds/{number}/data/{name}/value"] = 2,
        ["/api/v2/builds/{id}/changes"] = 3,
        ["/api/v2/builds/{id}/triggered_builds"] = 3,
        ["/api/v2/builds/{id}/steps"] = 2,
        ["/api/v2/builds/{id}/steps/{step}"] = 1,
        ["/api/v2/builds/{id}/steps/{step}/logs"] = 1,
        ["/api/v2/builds/{id}/steps/{step}/logs/{slug}"] = 1,
        ["/api/v2/builds/{id}/steps/{step}/logs/{slug}/contents"] = 4,
        ["/api/v2/builds/{id}/steps/{step}/logs/{slug}/raw"] = 5,
        ["/api/v2/builds/{id}/steps/{step}/logs/{slug}/raw_inline"] = 5,
        ["/api/v2/steps/{id}"] = 1,
        ["/api/v2/steps/{id}/logs"] = 1,
        ["/api/v2/steps/{id}/logs/{slug}"] = 1,
        ["/api/v2/steps/{id}/logs/{slug}/contents"] = 4,
        ["/api/v2/steps/{id}/logs/{slug}/raw"] = 5,
        ["/api/v2/steps/{id}/logs/{slug}/raw_inline"] = 5,
        ["/api/v2/logs/{id}"] = 1,
        ["/api/v2/logs/{id}/contents"] = 3,
        ["/api/v2/logs/{id}/search"] = 6,
        ["/api/v2/builds/{id}/search"] = 7,
        ["/api/v2/builds/{id}/logs"] = 2,
        ["/api/v2/logs/{id}/raw"] = 4,
        ["/api/v2/logs/{id}/raw_inline"] = 4,
        ["/api/v2/buildrequests"] = 3,
        ["/api/v2/buildrequests/{id}"] = 2,
        ["/api/v2/buildrequests/{id}/builds"] = 3,
        ["/api/v2/queue"] = 1,
        ["/api/v2/buildsets"] = 3,
        ["/api/v2/buildsets/{id}"] = 2,
        ["/api/v2/buildsets/{id}/builds"] = 3,
        ["/api/v2/buildsets/{id}/buildrequests"] = 3,
        ["/api/v2/buildsets/{id}/changes"] = 3,
        ["/api/v2/buildsets/{id}/sourcestamps"] = 2,
        ["/api/v2/buildsets/{id}/properties"] = 1,
        ["/api/v2/buildsets/{id}/properties_list"] = 1,
        ["/api/v2/sourcestamps"] = 2,
        ["/api/v2/sourcestamps/{id}"] = 1,
        ["/api/v2/sourcestamps/{id}/changes"] = 3,
        ["/api/v2/changes"] = 3,
        ["/api/v2/changes/{id}"] = 2,
        ["/api/v2/changes/{id}/properties_list"] = 2,
        ["/api/v2/changes/{id}/builds"] = 3,
        ["/api/v2/changes/{id}/buildsets"] = 3,
        ["/api/v2/workers"] = 1,
        ["/api/v2/workers/{worker}"] = 2,
        ["/api/v2/workers/{worker}/builds"] = 4,
        ["/api/v2/workers/{worker}/builders"] = 2,
        ["/api/v2/schedulers"] = 4,
        ["/api/v2/schedulers/{scheduler}"] = 4,
        ["/api/v2/forceschedulers"] = 3,
        ["/api/v2/forceschedulers/{scheduler}"] = 3,
        ["/api/v2/changesources"] = 2,
        ["/api/v2/changesources/{source}"] = 2,
        ["/api/v2/config/revisions"] = 2,
        ["/api/v2/config/revisions/{id}"] = 2,
        ["/api/v2/config/schema"] = 0,
    };

    // Addresses whose answers have no end, and those that are described by others.
    private static readonly string[] Streams = ["/api/v2/events", "/api/v2/logs/{id}/follow", "/api/v2/builds/{id}/follow"];

    private IReadOnlyList<Described> All => Described.All(site.Master.Services.GetRequiredService<EndpointDataSource>());

    [Fact]
    public void Every_address_that_reads_says_how_often_it_asks_the_store()
    {
        var declared = site.Master.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            .Where(e => e.Metadata.GetMetadata<StoreCallsAtMost>() is not null)
            .Select(e => ("/" + Constraint().Replace(e.RoutePattern.RawText!.Replace("{**", "{", StringComparison.Ordinal), "}").Trim('/'), e.Metadata.GetMetadata<StoreCallsAtMost>()!.Count))
            .ToDictionary();

        Assert.Equal(Calls.OrderBy(c => c.Key), declared.Where(d => Calls.ContainsKey(d.Key)).OrderBy(c => c.Key));
        Assert.Empty(All.Where(d => d.Method == "GET" && d.Path.StartsWith("/api", StringComparison.Ordinal) && !declared.ContainsKey(d.Path) && !Streams.Contains(d.Path)).Select(d => d.Path));
    }

    [Fact]
    public async Task Every_address_answers_and_asks_the_store_no_oftener_than_it_says()
    {
        using var client = site.Master.Anonymous();
        await client.GetAsync("/api/v2/builds"); // what is loaded once is loaded
        var complaints = new List<string>();
        foreach (var (path, most) in Calls)
        {
            foreach (var query in Queries(path))
            {
                var address = Sample(path) + query;
                var (answer, calls) = await Ask(client, address);
                if (answer.StatusCode != HttpStatusCode.OK)
                    complaints.Add($"{address}: {(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync()}");
                if (calls > most)
                    complaints.Add($"{address}: asks the store {calls} times, says {most}");
            }
        }
        Assert.Empty(complaints);
        Assert.True((await Ask(client, "/api/v2/builds?property=*")).Calls >= 2, "The counting counts.");
    }

    [Fact]
    public async Task Every_address_is_described_with_its_parameters_and_an_example()
    {
        var document = await (await site.Master.Anonymous().GetAsync("/api/v2/openapi.json")).Json();
        var shared = document["components"]!["parameters"]!;

        foreach (var described in All)
        {
            var operation = document["paths"]![described.Path]?[described.Method.ToLowerInvariant()];
            Assert.True(operation is not null, $"{described.Method} {described.Path} is not described.");
            Assert.True(((string?)operation["summary"])?.Length > 3, $"{described.Method} {described.Path} has no summary.");
            foreach (var given in operation["parameters"]!.AsArray())
            {
                var parameter = given!["$ref"] is { } reference ? shared[((string)reference!).Split('/')[^1]]! : given;
                Assert.True(((string?)parameter["description"])?.Length > 3 && parameter["example"] is not null, $"{described.Path}: {parameter}");
            }
            foreach (var name in described.Parameters)
                Assert.Contains(operation["parameters"]!.AsArray(), p => (string?)p!["name"] == name && (bool)p["required"]!);
        }
    }

    [Fact]
    public async Task What_one_shows_is_what_the_document_says()
    {
        using var client = site.Master.Anonymous();
        var document = await (await client.GetAsync("/api/v2/openapi.json")).Json();
        foreach (var described in All.Where(d => d.Shows is { IsList: false } && Calls.ContainsKey(d.Path) && !d.Path.Contains("/workers/", StringComparison.Ordinal)))
        {
            var item = (await (await client.GetAsync(Sample(described.Path))).Json())[described.Shows!.Resource.Collection]!.AsArray().Single()!.AsObject();
            var schema = document["components"]!["schemas"]![described.Shows.Resource.Singular]!["properties"]!.AsObject();
            Assert.Equal(schema.Select(p => p.Key), item.Select(p => p.Key));
            foreach (var (name, type) in schema.Select(p => (p.Key, (string?)p.Value!["type"])))
            {
                if (item[name] is { } value && type is not null)
                    Assert.True(type == Kind(value), $"{described.Path}: {name} is {value.ToJsonString()}, said to be {type}");
            }
        }
    }

    private static string[] Queries(string path) =>
        path.EndsWith("/search", StringComparison.Ordinal) ? ["?q=o"]
        : path.EndsWith("/builds", StringComparison.Ordinal) || path.EndsWith("/buildrequests", StringComparison.Ordinal) ? ["", "?property=*&order=reason", "?reason__contains=a"]
        : [""];

    private static string Kind(JsonNode value) => value.GetValueKind() switch
    {
        System.Text.Json.JsonValueKind.True or System.Text.Json.JsonValueKind.False => "boolean",
        System.Text.Json.JsonValueKind.Number => "integer",
        var kind => kind.ToString().ToLowerInvariant(),
    };

    private string Sample(string path) => path
        .Replace("/masters/{id}/workers/{worker}", $"/masters/{site.MasterId}/workers", StringComparison.Ordinal) // nobody is connected
        .Replace("/masters/{id}/builders/{builder}/workers/{worker}", $"/masters/{site.MasterId}/builders/linux/workers", StringComparison.Ordinal)
        .Replace("/masters/{id}", $"/masters/{site.MasterId}", StringComparison.Ordinal)
        .Replace("/orders/{id}", $"/orders/{site.Order}", StringComparison.Ordinal)
        .Replace("/pauses/{id}", $"/pauses/{site.Pause}", StringComparison.Ordinal)
        .Replace("/builds/{id}", $"/builds/{site.Build}", StringComparison.Ordinal)
        .Replace("/steps/{id}", $"/steps/{site.Step}", StringComparison.Ordinal)
        .Replace("/logs/{id}", $"/logs/{site.Log}", StringComparison.Ordinal)
        .Replace("/buildrequests/{id}", $"/buildrequests/{site.Request}", StringComparison.Ordinal)
        .Replace("/buildsets/{id}", $"/buildsets/{site.Buildset}", StringComparison.Ordinal)
        .Replace("/sourcestamps/{id}", $"/sourcestamps/{site.Stamp}", StringComparison.Ordinal)
        .Replace("/changes/{id}", $"/changes/{site.Change}", StringComparison.Ordinal)
        .Replace("/revisions/{id}", $"/revisions/{site.Revision}", StringComparison.Ordinal)
        .Replace("{number}", "1", StringComparison.Ordinal)
        .Replace("{builder}", "linux", StringComparison.Ordinal)
        .Replace("{worker}", "w1", StringComparison.Ordinal)
        .Replace("{scheduler}", "force", StringComparison.Ordinal)
        .Replace("{source}", "lib-poll", StringComparison.Ordinal)
        .Replace("{project}", "gst", StringComparison.Ordinal)
        .Replace("{codebase}", "lib", StringComparison.Ordinal)
        .Replace("/data/{name}", "/data/check.version", StringComparison.Ordinal)
        .Replace("{step}", "check", StringComparison.Ordinal)
        .Replace("{slug}", "stdio", StringComparison.Ordinal);

    // The driver tells each command as a span of the request that this test began.
    private static async Task<(HttpResponseMessage Answer, int Calls)> Ask(HttpClient client, string address)
    {
        using var served = new ActivityListener { ShouldListenTo = s => s.Name == "Microsoft.AspNetCore", Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData };
        ActivitySource.AddActivityListener(served);
        using var calls = new Support.StoreCalls();
        var answer = await client.GetAsync(address);
        await answer.Content.ReadAsByteArrayAsync();
        return (answer, calls.Count);
    }

    [GeneratedRegex(@":[^}]+\}")]
    private static partial Regex Constraint();
}
