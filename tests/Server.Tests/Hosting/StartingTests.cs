using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Configuration;
using Weir.App.Server.Hosting;
using Weir.Support;

namespace Weir.Server.Tests.Hosting;

public sealed class StartingTests
{
    [Fact]
    public async Task A_taken_port_is_said_in_words_before_anything_else_is_started()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;

        var (code, said) = await Run("--port", $"{port}", "--data", "/nowhere/at/all");

        Assert.Equal(2, code);
        Assert.Contains($"Port {port} on 127.0.0.1 is taken", said);
    }

    [Theory]
    [InlineData("--prot", "--port")]
    [InlineData("--date", "Unknown argument")]
    public async Task An_unknown_argument_is_refused_with_the_nearest_known_one(string argument, string said)
    {
        var (code, text) = await Run(argument, "1");

        Assert.Equal(2, code);
        Assert.Contains(said, text);
    }

    [Fact]
    public void All_wrong_settings_are_told_at_once()
    {
        var settings = new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Port"] = "70000",
            ["Listen"] = "somewhere",
            ["Roles"] = "ui,king",
            ["Reading"] = "maybe",
            ["Url"] = "ftp://x",
            ["Config"] = "/no/such/file.yaml",
        }).Build();

        var refused = Assert.Throws<HostException>(() => HostSettings.Read(settings));

        Assert.Equal(HostException.Usage, refused.ExitCode);
        Assert.All(["port:", "listen:", "roles:", "reading:", "url:", "config:"], name => Assert.Contains(name, refused.Message));
    }

    [Fact]
    public async Task A_master_answers_liveness_and_readiness_and_readiness_fails_when_the_schema_does_not_fit()
    {
        await using var master = await TestMaster.Start();
        using var client = master.Anonymous();
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("/healthz")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("/readyz")).StatusCode);

        await master.Store.Execute("UPDATE schema_migrations SET checksum = 'other'");

        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await client.GetAsync("/readyz")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("/healthz")).StatusCode);
    }

    [Fact]
    public async Task A_master_with_pages_only_shows_pages_and_has_no_door_for_workers()
    {
        await using var engine = await TestMaster.Start();
        await using var pages = await TestMaster.Start(engine.Store, ("Roles", "ui"));
        using var client = pages.Anonymous();

        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("/builders")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("/api/v2/workers")).StatusCode);
        Assert.True((await client.PostAsync("/hubs/worker/negotiate", null)).StatusCode is HttpStatusCode.NotFound or HttpStatusCode.MethodNotAllowed);
    }

    [Fact]
    public async Task Every_answer_tells_browsers_to_run_nothing_but_our_own_script()
    {
        await using var master = await TestMaster.Start();
        foreach (var path in new[] { "/", "/sign-in", "/nothing", "/api/v2/builders", "/healthz" })
        {
            var answer = await master.Anonymous().GetAsync(path);
            var policy = Assert.Single(answer.Headers.GetValues("Content-Security-Policy"));
            Assert.Contains("script-src 'self';", policy);
            Assert.Contains("frame-ancestors 'none'", policy);
            Assert.Equal("nosniff", Assert.Single(answer.Headers.GetValues("X-Content-Type-Options")));
        }
        Assert.Equal(HttpStatusCode.NotFound, (await master.Anonymous().GetAsync("/nothing")).StatusCode);
        var script = await master.Anonymous().GetAsync("/_content/App.Client/js/app.js");
        Assert.Equal(HttpStatusCode.OK, script.StatusCode);
        Assert.NotEmpty(await script.Content.ReadAsByteArrayAsync());
    }

    private static async Task<(int Code, string Said)> Run(params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(RepositoryRoot.Below("artifacts/bin/Weir/debug/App.Server"), arguments) { RedirectStandardError = true, RedirectStandardOutput = true })!;
        var said = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, said);
    }
}
