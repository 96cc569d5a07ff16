using System.Net;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.DependencyInjection;
using Weir.App.Server.Api;
using Weir.App.Server.Identity;
using Weir.Shared.Identity;

namespace Weir.Server.Tests.Identity;

/// <summary>Every endpoint there is, against callers with and without rights.</summary>
public sealed partial class PolicyTests(MasterFixture fixture) : IClassFixture<MasterFixture>
{
    // Whoever opens a door to everybody adds it here, and says why in the change.
    private static readonly string[] OpenDoors = ["/healthz", "/readyz", "/sign-in", "/sign-out", "/hubs/worker", "/hubs/worker/negotiate", "/hooks/{source}", "/change_hook/{dialect}"];

    private sealed record Door(string Method, string Path, RouteEndpoint Endpoint)
    {
        public string? Right => Rights.Of(Endpoint);

        public override string ToString() => $"{Method} {Path}";
    }

    private TestMaster Master => fixture.Master;

    // A hub's POST is how its transport begins; the browsers' hub has no method that changes anything, the workers' asks for a worker's token.
    private static bool IsHub(Door door) => door.Endpoint.Metadata.GetMetadata<HubMetadata>() is not null;

    [Fact]
    public void Only_these_doors_are_open_to_everybody()
    {
        var open = Doors().Where(d => d.Right is null && !d.Path.StartsWith("/_content/", StringComparison.Ordinal) && !IsAsset(d)).Select(d => d.Path).Distinct().Order();

        Assert.Equal(OpenDoors.Order(), open);
    }

    [Fact]
    public void Whatever_changes_something_needs_more_than_reading()
    {
        // The JSON-RPC doors name their right by method; tokens are made by whoever has an account, for himself.
        var weak = Doors().Where(d => d.Method == "POST" && d.Right == Right.Read && d.Endpoint.Metadata.GetMetadata<DecidesByMethod>() is null && d.Path != "/api/v2/tokens" && !IsPage(d) && !IsHub(d));

        Assert.Empty(weak.Select(d => d.ToString()));
    }

    [Fact]
    public async Task Who_has_not_signed_in_changes_nothing_through_any_door()
    {
        using var nobody = Master.Anonymous();
        foreach (var door in Doors().Where(d => d.Method == "POST" && d.Right is not null && !IsPage(d) && !IsHub(d)))
        {
            var answer = await nobody.SendAsync(Request(door));
            Assert.True(answer.StatusCode is HttpStatusCode.Unauthorized || answer.Headers.Location?.OriginalString.StartsWith("/sign-in", StringComparison.Ordinal) == true, $"{door}: {answer.StatusCode}");
        }
    }

    [Fact]
    public async Task Who_may_only_read_changes_nothing_through_any_door()
    {
        using var viewer = Master.As("viewer");
        foreach (var door in Doors().Where(d => d.Method == "POST" && d.Right is not null && d.Path != "/api/v2/tokens" && !IsPage(d) && !IsHub(d)))
        {
            var answer = await viewer.SendAsync(Request(door));
            Assert.True(answer.StatusCode == HttpStatusCode.Forbidden, $"{door}: {answer.StatusCode}");
        }
    }

    [Fact]
    public async Task An_admin_is_stopped_by_no_door()
    {
        using var admin = Master.Admin();
        // The master that is asked would be gone.
        foreach (var door in Doors().Where(d => d.Right is not null && d.Path.StartsWith("/api/", StringComparison.Ordinal) && !d.Path.EndsWith("/actions/shutdown", StringComparison.Ordinal)))
        {
            // Some answers have no end.
            using var answer = await admin.SendAsync(Request(door), HttpCompletionOption.ResponseHeadersRead);
            Assert.False(answer.StatusCode is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden or >= HttpStatusCode.InternalServerError, $"{door}: {answer.StatusCode}");
        }
    }

    [Fact]
    public async Task With_reading_for_accounts_only_nobody_else_reads_anything()
    {
        await using var closed = await TestMaster.Start(null, ("Reading", "signed-in"));
        using var nobody = closed.Anonymous();
        foreach (var door in Doors(closed).Where(d => d.Right is not null))
        {
            var answer = await nobody.SendAsync(Request(door));
            Assert.True(answer.StatusCode is HttpStatusCode.Unauthorized || answer.Headers.Location?.OriginalString.StartsWith("/sign-in", StringComparison.Ordinal) == true, $"{door}: {answer.StatusCode}");
        }
        Assert.Equal(HttpStatusCode.OK, (await closed.Admin().GetAsync("/api/v2/builders")).StatusCode);
    }

    [Theory]
    [InlineData("/API/V2/BUILDS/1/ACTIONS/STOP")]
    [InlineData("/api/v2/builds/1/actions/stop/")]
    [InlineData("//api/v2/builds/1/actions/stop")]
    [InlineData("/api/v2/./builds/1/actions/stop")]
    [InlineData("/api/v2/x/../builds/1/actions/stop")]
    [InlineData("/api/v2/builds/1;x/actions/stop")]
    [InlineData("/api/v2/builds/%31/actions/stop")]
    [InlineData("/api/v2/builds%2f1/actions/stop")]
    public async Task No_spelling_of_an_address_goes_round_the_policy(string path)
    {
        using var viewer = Master.As("viewer");
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(Master.Url + path, new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true }));

        var answer = await viewer.SendAsync(request);

        Assert.True(answer.StatusCode is HttpStatusCode.Forbidden or HttpStatusCode.NotFound or HttpStatusCode.BadRequest or HttpStatusCode.MethodNotAllowed, $"{answer.StatusCode}");
    }

    [Fact]
    public async Task JSON_RPC_asks_for_the_right_of_its_method()
    {
        const string stop = """{"jsonrpc":"2.0","id":1,"method":"stop","params":{}}""";

        Assert.Equal(HttpStatusCode.Unauthorized, (await Master.Anonymous().PostJson("/api/v2/builds/1", stop)).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await Master.As("viewer").PostJson("/api/v2/builds/1", stop)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await Master.As("developer").PostJson("/api/v2/builds/1", stop)).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await Master.As("developer").PostJson("/api/v2/workers/1", """{"jsonrpc":"2.0","id":1,"method":"pause"}""")).StatusCode);
    }

    [Fact]
    public async Task A_hub_is_closed_to_pages_of_other_sites()
    {
        using var client = Master.Anonymous();
        client.DefaultRequestHeaders.Add("Origin", "https://evil.example");

        Assert.Equal(HttpStatusCode.Forbidden, (await client.PostAsync("/hubs/worker/negotiate?negotiateVersion=1", null)).StatusCode);
    }

    private List<Door> Doors(TestMaster? of = null) =>
    [
        .. (of ?? Master).Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>().SelectMany(e =>
            (e.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods ?? ["GET", "POST"]).Where(m => m is "GET" or "POST").Select(m => new Door(m, "/" + e.RoutePattern.RawText!.TrimStart('/'), e))),
    ];

    private static bool IsAsset(Door door) => door.Endpoint.Metadata.Any(m => m.GetType().Name.Contains("StaticAsset", StringComparison.Ordinal));

    // Pages answer GET and POST at one endpoint; what their forms do asks the policy itself, and is tested with the pages.
    private static bool IsPage(Door door) => door.Endpoint.Metadata.Any(m => m.GetType().Name == "ComponentTypeMetadata");

    private static HttpRequestMessage Request(Door door)
    {
        var path = Parameter().Replace(door.Path, "1");
        var request = new HttpRequestMessage(new HttpMethod(door.Method), path);
        if (door.Endpoint.Metadata.GetMetadata<DecidesByMethod>() is not null)
            request.Content = new StringContent($$$"""{"jsonrpc":"2.0","id":1,"method":"{{{Method(door)}}}"}""", System.Text.Encoding.UTF8, "application/json");
        return request;
    }

    [GeneratedRegex(@"\{[^}]+\}")]
    private static partial Regex Parameter();

    private static string Method(Door door) => door.Path switch
    {
        var p when p.Contains("/builds/", StringComparison.Ordinal) => "stop",
        var p when p.StartsWith("/api/v2/masters/", StringComparison.Ordinal) => "retire",
        var p when p.Contains("/hooks", StringComparison.Ordinal) => "read_again",
        var p when p.Contains("/pauses", StringComparison.Ordinal) => "resume",
        var p when p.Contains("/workers", StringComparison.Ordinal) || p is "/api/v2/builders/{builder}" or "/api/v2/projects/{project}" => "pause",
        var p when p.Contains("/forceschedulers", StringComparison.Ordinal) => "force",
        var p when p.Contains("/schedulers", StringComparison.Ordinal) => "enable",
        var p when p.Contains("/changesources", StringComparison.Ordinal) => "poll",
        var p when p.Contains("/users", StringComparison.Ordinal) => "disable",
        var p when p.Contains("/config/revisions", StringComparison.Ordinal) => "restore",
        var p when p.Contains("/shareddirectories", StringComparison.Ordinal) => "move",
        var p when p.Contains("/config/parts", StringComparison.Ordinal) => "remove",
        _ => "cancel",
    };
}
