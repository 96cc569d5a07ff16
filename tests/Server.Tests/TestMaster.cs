using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Weir.App.Server;
using Weir.App.Server.Hosting;
using Weir.App.Server.Identity;
using Weir.Shared.Identity;
using Weir.Support;

namespace Weir.Server.Tests;

/// <summary>A real master in this process, on a free port and a store of its own (or another's), spoken to over HTTP.</summary>
public sealed partial class TestMaster : IAsyncDisposable
{
    public const string Password = "correct horse battery";
    private readonly WebApplication app;
    private readonly TestStore? store;
    private readonly bool owns;

    private TestMaster(WebApplication app, string url, TestStore? store, bool owns)
    {
        this.app = app;
        this.store = store;
        this.owns = owns;
        Url = url;
    }

    public string Url { get; }
    public TestStore Store => store ?? throw new InvalidOperationException("This master runs on a server of its own.");
    public IServiceProvider Services => app.Services;

    /// <param name="on">The store of another master, to share it.</param>
    /// <param name="settings">More settings, by their keys.</param>
    public static async Task<TestMaster> Start(TestStore? on = null, params (string Key, string Value)[] settings)
    {
        var store = on ?? await TestStore.Create();
        var (app, url) = await Run(store.Options.ConnectionString, store.Options.Schema, settings);
        return new(app, url, store, on is null);
    }

    /// <summary>A master on a server that the test may stop.</summary>
    public static async Task<TestMaster> StartOn(string connectionString)
    {
        var (app, url) = await Run(connectionString, "weir", []);
        return new(app, url, null, false);
    }

    private static async Task<(WebApplication App, string Url)> Run(string connectionString, string schema, (string Key, string Value)[] settings)
    {
        var port = FreePort();
        var given = new Dictionary<string, string?>
        {
            ["Port"] = $"{port}",
            ["Name"] = $"test-{port}",
            ["Data"] = Path.Combine(Path.GetTempPath(), $"weir-server-tests-{Environment.ProcessId}"),
            ["Store:Schema"] = schema,
            ["WEIR_ADMIN_PASSWORD"] = Password,
        };
        foreach (var (key, value) in settings)
            given[key] = value;
        var builder = Program.Builder(given);
        builder.Logging.ClearProviders();
        builder.AddWeir(HostSettings.Read(builder.Configuration), connectionString);
        var app = builder.Build();
        app.MapWeir();
        await app.Services.GetRequiredService<FirstSteps>().Take(CancellationToken.None);
        await app.StartAsync();
        return (app, $"http://127.0.0.1:{port}");
    }

    /// <summary>A browser: keeps cookies, follows nothing.</summary>
    public HttpClient Browser() => new(new HttpClientHandler { AllowAutoRedirect = false, CookieContainer = new CookieContainer() }) { BaseAddress = new Uri(Url) };

    public HttpClient Anonymous() => new(new HttpClientHandler { AllowAutoRedirect = false, UseCookies = false }) { BaseAddress = new Uri(Url) };

    public HttpClient As(string user, string password = Password)
    {
        var client = Anonymous();
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{user}:{password}")));
        return client;
    }

    public HttpClient Admin() => As("admin");

    public async Task AddUser(string name, params string[] rights) =>
        await Services.GetRequiredService<IUserStore>().SaveUser(name, Services.GetRequiredService<Passwords>().Hash(name, Password), rights, Actor.Weir("test"), CancellationToken.None);

    /// <summary>Signs a browser in through the page.</summary>
    public static async Task<HttpResponseMessage> SignIn(HttpClient browser, string user = "admin", string password = Password) =>
        await browser.PostAsync("/sign-in", new FormUrlEncodedContent(new Dictionary<string, string>
        {
            ["_handler"] = "sign-in",
            ["__RequestVerificationToken"] = await FormToken(browser, "/sign-in"),
            ["Input.Name"] = user,
            ["Input.Password"] = password,
        }));

    /// <summary>The token that the page's forms carry.</summary>
    public static async Task<string> FormToken(HttpClient browser, string page = "/") =>
        Token().Match(await browser.GetStringAsync(page)).Groups[1].Value;

    public async ValueTask DisposeAsync()
    {
        await app.StopAsync();
        await app.DisposeAsync();
        if (owns)
            await Store.DisposeAsync();
    }

    public static int FreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }

    [GeneratedRegex("""name="__RequestVerificationToken"[^>]*value="([^"]+)""")]
    private static partial Regex Token();
}

/// <summary>Shorter ways to ask and to look at answers.</summary>
internal static class Asking
{
    public static async Task<JsonNode> Json(this HttpResponseMessage answer) => JsonNode.Parse(await answer.Content.ReadAsStringAsync())!;

    public static Task<HttpResponseMessage> PostJson(this HttpClient client, string path, string json) => client.PostAsync(path, new StringContent(json, Encoding.UTF8, "application/json"));

    public static Task<HttpResponseMessage> PostForm(this HttpClient client, string path, params (string Name, string Value)[] fields) =>
        client.PostAsync(path, new FormUrlEncodedContent(fields.Select(f => KeyValuePair.Create(f.Name, f.Value))));
}
