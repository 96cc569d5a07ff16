using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Dapper;
using Npgsql;
using Weir.Support;

namespace Weir.Whole.Tests;

/// <summary>An installation of real processes: masters and workers on a store of its own, driven through REST as a user's script would.</summary>
public sealed class Installation : IAsyncDisposable
{
    private readonly List<ProgramProcess> processes = [];
    private readonly TestStore store;

    private Installation(TestStore store)
    {
        this.store = store;
        Directory = System.IO.Directory.CreateTempSubdirectory("weir-whole-").FullName;
        Configuration = Path.Combine(Directory, "weir.yaml");
    }

    public string Directory { get; }
    public string Configuration { get; }
    public TestStore Store => store;

    /// <summary>Its rows were put in by the test and are not those of real builds: nothing is asked of them.</summary>
    public bool Invented { get; init; }

    /// <param name="configuration">YAML.</param>
    /// <param name="invented">See <see cref="Invented"/>.</param>
    /// <param name="bare">The first master brings the schema.</param>
    public static async Task<Installation> Create(string configuration, bool invented = false, bool bare = false)
    {
        var installation = new Installation(await TestStore.Create(bare: bare)) { Invented = invented };
        await File.WriteAllTextAsync(installation.Configuration, configuration);
        return installation;
    }

    /// <summary>One master, ready to answer.</summary>
    public sealed class Master(ProgramProcess process, string url)
    {
        public ProgramProcess Process => process;
        public string Url => url;
        public HttpClient Http { get; } = Client(url);

        private static HttpClient Client(string url)
        {
            var client = new HttpClient { BaseAddress = new Uri(url), Timeout = TimeSpan.FromSeconds(20) };
            client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes("admin:" + Password)));
            return client;
        }
    }

    public const string Password = "correct horse battery";

    public async Task<Master> StartMaster(
        string name, string roles = "ui,engine", int? port = null, string? crash = null, bool configured = true, bool ownStore = false, string? connection = null, bool wait = true, string? programs = null, string? url = null,
        IReadOnlyDictionary<string, string?>? environment = null)
    {
        var at = port ?? FreePort();
        List<string> arguments = ["--port", $"{at}", "--data", Path.Combine(Directory, name), "--name", name, "--roles", roles];
        if (url is not null)
            arguments.AddRange(["--url", url]);
        if (configured && roles.Contains("engine"))
            arguments.AddRange(["--config", Configuration]);
        var process = new ProgramProcess("Weir", "App.Server", arguments, new Dictionary<string, string?>
        {
            ["ConnectionStrings__Weir"] = ownStore ? null : connection ?? store.Options.ConnectionString,
            ["Store__Schema"] = ownStore ? null : store.Options.Schema,
            ["WEIR_ADMIN_PASSWORD"] = Password,
            ["WEIR_CRASH"] = crash,
        }.Concat(environment ?? new Dictionary<string, string?>()).ToDictionary(), programs);
        processes.Add(process);
        var master = new Master(process, $"http://127.0.0.1:{at}");
        if (wait)
            await Ready(name, master, crash);
        return master;
    }

    public static async Task Ready(string name, Master master, string? crash = null)
    {
        var process = master.Process;
        await Eventually(async () =>
        {
            if (!process.Alive)
                return crash is not null ? true : throw new InvalidOperationException($"Master {name} ended with {process.ExitCode}:\n{process.Output}");
            try
            {
                return (await master.Http.GetAsync("/readyz")).IsSuccessStatusCode;
            }
            catch (Exception e) when (e is HttpRequestException or SocketException or TaskCanceledException)
            {
                return false; // .NET lets the second through, where the other side is gone at once; the last: it is compiling still
            }
        }, $"master {name} to be ready", () => process.Output);
    }

    public string WorkDirectory(string name) => Path.Combine(Directory, "work-" + name);

    public async Task<string> WorkerToken(Master master, string name)
    {
        var answer = await master.Http.PostAsJsonAsync("/api/v2/workers", new { name });
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, text);
        using var json = JsonDocument.Parse(text);
        return Find(json.RootElement, "token") ?? throw new InvalidOperationException("No token in: " + text);
    }

    public ProgramProcess StartWorker(string name, string token, string urls, string? crash = null, string? programs = null, string? work = null, IReadOnlyDictionary<string, string?>? environment = null)
    {
        var process = new ProgramProcess("Worker", "weir-worker", ["--url", urls, "--name", name, "--work", WorkDirectory(work ?? name)],
            new Dictionary<string, string?> { ["WEIR_WORKER_TOKEN"] = token, ["WEIR_CRASH"] = crash }.Concat(environment ?? new Dictionary<string, string?>()).ToDictionary(), programs);
        processes.Add(process);
        return process;
    }

    /// <summary>Another of the worker program's commands.</summary>
    public ProgramProcess RunWorkerProgram(params string[] arguments)
    {
        var process = new ProgramProcess("Worker", "weir-worker", arguments);
        processes.Add(process);
        return process;
    }

    /// <summary>Forces the builder through the scheduler <c>force</c>; answers the request's id.</summary>
    public async Task<long> Force(Master master, string builder)
    {
        var answer = await master.Http.PostAsJsonAsync("/api/v2/forceschedulers/force/actions/force", new { builders = new[] { builder } });
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
        return await Sql<long>("SELECT max(r.id) FROM requests r JOIN builders b ON b.id = r.builder_id WHERE b.name = @builder", new { builder });
    }

    public async Task<T> Sql<T>(string sql, object? parameters = null)
    {
        await using var connection = new NpgsqlConnection(store.Options.ConnectionString + $";Search Path={store.Options.Schema};Pooling=false");
        return (await connection.ExecuteScalarAsync<T>(sql, parameters))!;
    }

    public Task<short> ResultOf(long request, int seconds = 120) => Until(
        async () => await Sql<short?>("SELECT results FROM requests WHERE id = @request AND completed_at IS NOT NULL", new { request }), $"the end of request {request}", seconds);

    public async Task<string> RawLog(Master master, long log) => await master.Http.GetStringAsync($"/logs/{log}/raw");

    public async Task<T> Until<T>(Func<Task<T?>> question, string what, int seconds = 120) where T : struct
    {
        T? found = null;
        await Eventually(async () =>
        {
            found = await question();
            return found is not null;
        }, what, () => string.Join("\n---\n", processes.Select(p => p.Output)), seconds);
        return found!.Value;
    }

    public static async Task Eventually(Func<Task<bool>> question, string what, Func<string>? said = null, int seconds = 120)
    {
        var watch = Stopwatch.StartNew();
        while (watch.Elapsed < TimeSpan.FromSeconds(seconds))
        {
            if (await question())
                return;
            await Task.Delay(50);
        }
        throw new TimeoutException($"Waited {seconds} s in vain for {what}. What was said:\n{said?.Invoke()}");
    }

    public static int FreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var process in processes)
            await process.DisposeAsync();
        await EndKeepers();
        if (!Invented)
            await StoreSoundness.Assert(store.Database);
        await store.DisposeAsync();
        System.IO.Directory.Delete(Directory, recursive: true);
    }

    // Keepers outlive their workers by design; those of this installation end with it.
    private async Task EndKeepers()
    {
        foreach (var entry in System.IO.Directory.EnumerateDirectories("/proc").Where(d => int.TryParse(Path.GetFileName(d), out _)))
        {
            try
            {
                var line = await File.ReadAllTextAsync(Path.Combine(entry, "cmdline"));
                var environment = line.Contains(Directory, StringComparison.Ordinal) || line.Contains("sleep", StringComparison.Ordinal) ? await File.ReadAllTextAsync(Path.Combine(entry, "environ")) : "";
                if (line.Contains(Directory, StringComparison.Ordinal) || environment.Contains(Directory, StringComparison.Ordinal))
                    Process.GetProcessById(int.Parse(Path.GetFileName(entry))).Kill();
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or InvalidOperationException)
            {
                // It has just ended.
            }
        }
    }

    private static string? Find(JsonElement element, string name) => element.ValueKind switch
    {
        JsonValueKind.Object => element.EnumerateObject().Select(p => p.Name == name && p.Value.ValueKind == JsonValueKind.String ? p.Value.GetString() : Find(p.Value, name)).FirstOrDefault(f => f is not null),
        JsonValueKind.Array => element.EnumerateArray().Select(e => Find(e, name)).FirstOrDefault(f => f is not null),
        _ => null,
    };
}
