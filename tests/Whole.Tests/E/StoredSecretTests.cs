using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using Dapper;
using Npgsql;
using Weir.Support;

namespace Weir.Whole.Tests.E;

/// <summary>Secrets of the store where pages and engines are masters of their own: used by steps and webhooks, and found nowhere, as they are or as base64, in whatever is kept, sent or shown.</summary>
public sealed class StoredSecretTests
{
    private const string Token = "canary/4d1f+token of the whole";
    private const string Second = "canary/77c0+second of the whole";
    private const string Hook = "canary/9a3b+hook of the whole";

    private const string Configuration = """
        weir: 1
        secrets: [ { from: store } ]
        codebases: { lib: { repository: "https://github.com/acme/lib.git", branch: main } }
        changeSources: { forge: { type: webhook, dialect: github, secret: HOOK } }
        workers: { w1: {} }
        schedulers: { force: { type: force, builders: [deploy, other] } }
        builders:
          deploy:
            steps:
              - name: use
                env: { KEY: "Bearer ${{ secrets.TOKEN }}" }
                logs: { own.log: own.log }
                run: |
                  test ${#KEY} -gt 30 && echo it came
                  echo "$KEY"; echo "$KEY" >&2; echo "$KEY" > own.log
                  printf %s "$KEY" | base64 -w 0; echo
                  printf 'x%s' "$KEY" | base64 -w 7
                  printf 'xy%s' "$KEY" | base64 | tr '+/' '-_'
                  printf '%s' "$KEY" | fold -w 9; echo
                  printf %s "$KEY" | while IFS= read -r -n 1 c; do printf '%s' "$c"; sleep 0.01; done; echo
                  echo ${{ secrets.TOKEN }}
                  echo "::notice::$KEY"
              - set: { kept: { run: "echo ${{ secrets.TOKEN }}" } }
                name: keep
              - name: fails
                env: { KEY: "${{ secrets.TOKEN }}" }
                run: sh -c "$KEY" || exit 3
          other: { steps: [ { name: use, run: "echo ${{ secrets.TOKEN }}" } ] }
        """;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task They_are_used_and_nobody_reads_them_anywhere()
    {
        await using var weir = await Installation.Create(Configuration);
        var engine = await weir.StartMaster("engine", roles: "engine");
        await using var login = await PagesLogin.Create(weir.Store);
        var pages = await weir.StartMaster("pages", roles: "ui", connection: login.ConnectionString);
        var worker = weir.StartWorker("w1", await weir.WorkerToken(pages, "w1"), engine.Url);
        var events = new StringBuilder();
        using var end = new CancellationTokenSource();
        var listening = Listen(pages, events, end.Token);

        await Put(pages, "TOKEN", new { value = Token, builders = new[] { "deploy" } });
        await Put(pages, "HOOK", new { value = Hook });
        var request = await weir.Force(pages, "deploy");
        Assert.Equal(2, await weir.ResultOf(request));
        var refused = await weir.Force(pages, "other");
        Assert.Equal(4, await weir.ResultOf(refused));
        var logs = await Logs(weir, pages);
        Assert.Contains("it came", logs, StringComparison.Ordinal);
        Assert.True(logs.Split("***").Length > 12, logs);
        Assert.Contains("The secret TOKEN of the store is not for the builder other: the builders deploy may use it.", await weir.Sql<string>("SELECT string_agg(state_text, ' ') FROM steps"), StringComparison.Ordinal);

        // Forges sign with theirs; the master of pages takes it in, an engine reads it.
        Assert.Equal(HttpStatusCode.Accepted, await Send(pages, Hook, "refs/heads/main"));
        await Send(pages, "another", "refs/heads/forged");
        await weir.Until(async () => await weir.Sql<long?>("SELECT 1 FROM secret_uses WHERE used_by = 'webhook forge'"), "the hook's secret to be used");

        // Set anew: the next build has the new one, and the record says so.
        await Put(pages, "TOKEN", new { value = Second, reason = "leaked" });
        Assert.Equal(2, await weir.ResultOf(await weir.Force(pages, "deploy")));
        Assert.Equal("secret.add admin | secret.use builder deploy | secret.rotate admin | secret.use builder deploy", await weir.Sql<string>("SELECT string_agg(action || ' ' || actor, ' | ' ORDER BY id) FROM audit WHERE subject = 'secret TOKEN' AND action NOT LIKE '%.ordered'"));
        Assert.Contains("the builders deploy; leaked", await weir.Sql<string>("SELECT reason FROM audit WHERE action = 'secret.rotate'"), StringComparison.Ordinal);

        await end.CancelAsync();
        await listening;
        Assert.Contains("data:", events.ToString(), StringComparison.Ordinal);
        Clean("the events", events.ToString());
        Clean("the logs", await Logs(weir, pages));
        foreach (var path in new[] { "builds?property=*", "builds/1/properties", "builds/1/steps", "builds/2/steps", "steps", "logs", "secrets", "orders", "config/revisions/1", "config/export", "hooks", "hooks/refusals", "workers", "changes", "buildrequests" })
            Clean(path, await (await pages.Http.GetAsync("/api/v2/" + path, Cancellation)).Content.ReadAsStringAsync(Cancellation));
        foreach (var page in new[] { "/", "/secrets", "/builders/deploy/builds/1", "/configuration", "/configuration/1", "/workers/w1", "/changes/hooks" })
            Clean(page, WebUtility.HtmlDecode(await pages.Http.GetStringAsync(page, Cancellation)));
        await foreach (var (table, row) in Rows(weir))
            Clean("the table " + table, row);
        foreach (var file in Directory.EnumerateFiles(weir.Directory, "*", SearchOption.AllDirectories).Where(f => new FileInfo(f) is { LinkTarget: null, Length: > 0 } && Path.GetExtension(f) is not (".sock" or ".lock")))
        {
            // What a step writes itself is its own.
            if (Path.GetFileName(file) != "own.log")
                Clean(file, Encoding.Latin1.GetString(await File.ReadAllBytesAsync(file, Cancellation)));
        }
        foreach (var process in new[] { engine.Process, pages.Process, worker })
            Clean("what a program said", process.Output);
        Assert.DoesNotContain("permission denied", pages.Process.Output, StringComparison.Ordinal);
    }

    // As it is, and what stands in the middle of its base64, wherever it begins; signs of URLs made those of base64.
    private static readonly string[] Needles = [.. new[] { Token, Second, Hook }.SelectMany(s => Enumerable.Range(0, 3).Select(before => Convert.ToBase64String(Encoding.UTF8.GetBytes(new string('x', before) + s))[4..^4]).Prepend(s.Replace('-', '+')))];

    private static void Clean(string where, string text)
    {
        var joined = text.Replace("\n", "", StringComparison.Ordinal).Replace('-', '+').Replace('_', '/');
        foreach (var needle in Needles)
            Assert.False(joined.Contains(needle, StringComparison.Ordinal), $"{where} holds a secret ({needle}): {text}");
    }

    private static async Task<string> Logs(Installation weir, Installation.Master pages)
    {
        var all = new StringBuilder();
        for (var log = 1L; log <= await weir.Sql<long>("SELECT max(id) FROM logs"); log++)
            all.Append(await weir.RawLog(pages, log));
        return all.ToString();
    }

    // Every row of every table, as text.
    private static async IAsyncEnumerable<(string Table, string Row)> Rows(Installation weir)
    {
        await using var connection = new NpgsqlConnection(weir.Store.Options.ConnectionString + $";Search Path={weir.Store.Options.Schema};Pooling=false");
        foreach (var table in await connection.QueryAsync<string>("SELECT table_name FROM information_schema.tables WHERE table_schema = @schema AND table_type = 'BASE TABLE'", new { schema = weir.Store.Options.Schema }))
        {
            foreach (var row in await connection.QueryAsync<string>($"SELECT t::text FROM \"{table}\" t"))
                yield return (table, row);
        }
    }

    private static async Task Listen(Installation.Master pages, StringBuilder events, CancellationToken cancellation)
    {
        try
        {
            using var answer = await pages.Http.GetAsync("/api/v2/events", HttpCompletionOption.ResponseHeadersRead, cancellation);
            using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync(cancellation));
            while (await reader.ReadLineAsync(cancellation) is { } line)
                events.AppendLine(line);
        }
        catch (OperationCanceledException)
        {
            // Enough was heard.
        }
    }

    private static async Task Put(Installation.Master pages, string name, object body)
    {
        using var answer = await pages.Http.PutAsJsonAsync("/api/v2/secrets/" + name, body, Cancellation);
        Assert.True(answer.StatusCode == HttpStatusCode.NoContent, await answer.Content.ReadAsStringAsync(Cancellation));
    }

    private static async Task<HttpStatusCode> Send(Installation.Master pages, string secret, string reference)
    {
        var bytes = Encoding.UTF8.GetBytes($$"""{"ref":"{{reference}}"}""");
        using var request = new HttpRequestMessage(HttpMethod.Post, pages.Url + "/hooks/forge") { Content = new ByteArrayContent(bytes) };
        request.Content.Headers.ContentType = new("application/json");
        request.Headers.Add("X-GitHub-Event", "push");
        request.Headers.Add("X-Hub-Signature-256", "sha256=" + Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), bytes)));
        using var http = new HttpClient();
        using var answer = await http.SendAsync(request, Cancellation);
        return answer.StatusCode;
    }
}
