using System.Net;
using System.Text;
using Weir.Shared.Logs;
using Weir.Support;

namespace Weir.Server.Tests.Api;

/// <summary>The log over HTTP: followed, cut off and taken up again; searched; as Buildbot's scripts read it.</summary>
public sealed class LogReadingTests(LogReadingTests.Fixture fixture) : IClassFixture<LogReadingTests.Fixture>
{
    /// <summary>One master, and one maker of rows: names must not repeat.</summary>
    public sealed class Fixture : IAsyncLifetime
    {
        public TestMaster Master { get; private set; } = null!;
        public Rows Rows { get; private set; } = null!;

        public async ValueTask InitializeAsync()
        {
            Master = await TestMaster.Start();
            Rows = new(Master.Store);
        }

        public ValueTask DisposeAsync() => Master.DisposeAsync();
    }

    private static CancellationToken Now => TestContext.Current.CancellationToken;

    private readonly Rows rows = fixture.Rows;
    private readonly HttpClient client = fixture.Master.Admin();

    [Fact]
    public async Task A_follower_gets_every_line_once_and_the_answer_ends_with_the_log()
    {
        var (_, log) = await Log(["one", "two"]);
        using var answer = await client.GetAsync($"/api/v2/logs/{log}/follow", HttpCompletionOption.ResponseHeadersRead, Now);
        Assert.Equal("0", answer.Headers.GetValues("X-Weir-First-Line").Single());
        using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync(Now));
        Assert.Equal(("one", "two"), (await reader.ReadLineAsync(Now), await reader.ReadLineAsync(Now)));

        await rows.Append(log, [[Rows.Line("three", LogStream.Stderr), Rows.Line("with\rreturn")]]);

        Assert.Equal("three", await reader.ReadLineAsync(Now));
        await Complete(log);
        Assert.Equal("with\rreturn\n", await reader.ReadToEndAsync(Now));
    }

    [Fact]
    public async Task A_master_that_leaves_breaks_the_answer_off_so_that_nobody_takes_it_for_the_end()
    {
        var leaving = await TestMaster.Start(on: fixture.Master.Store);
        var (_, log) = await Log(["one"]);
        using var http = leaving.Admin();
        using var answer = await http.GetAsync($"/api/v2/logs/{log}/follow", HttpCompletionOption.ResponseHeadersRead, Now);
        using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync(Now));
        Assert.Equal("one", await reader.ReadLineAsync(Now));

        var left = leaving.DisposeAsync();

        await Assert.ThrowsAnyAsync<IOException>(() => reader.ReadToEndAsync(Now));
        await left;
        await rows.Append(log, [[Rows.Line("two")]]);
        await Complete(log);
        Assert.Equal("two\n", await client.GetStringAsync($"/api/v2/logs/{log}/follow?from=1", Now));
    }

    [Fact]
    public async Task Cut_off_anywhere_and_taken_up_again_the_bytes_are_the_same()
    {
        var lines = Enumerable.Range(0, 3000).Select(n => $"line {n} {new string((char)('a' + (n % 26)), n % 90)}").ToArray();
        var (_, log) = await Log(lines, size: 700);
        await Complete(log);
        var whole = await client.GetByteArrayAsync($"/api/v2/logs/{log}/follow", Now);
        Assert.Equal(string.Concat(lines.Select(l => l + "\n")), Encoding.UTF8.GetString(whole));
        var random = new Random(3);
        var got = new List<byte>();
        while (got.Count < whole.Length)
        {
            // What a client does: it keeps its whole lines and asks for what follows them.
            var have = got.Count(b => b == '\n');
            await using var stream = await client.GetStreamAsync($"/api/v2/logs/{log}/follow?from={have}", Now);
            var buffer = new byte[random.Next(1, 60_000)];
            var read = await stream.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, Now);
            got.AddRange(buffer.AsSpan(0, buffer.AsSpan(0, read).LastIndexOf((byte)'\n') + 1));
        }

        Assert.Equal(whole, got);
        Assert.Equal("line 2999", (await client.GetStringAsync($"/api/v2/logs/{log}/follow?tail=1", Now))[..9]);
    }

    [Fact]
    public async Task All_logs_of_a_build_are_followed_one_behind_the_other()
    {
        var (build, first) = await Log(["checkout"], open: true);
        using var answer = await client.GetAsync($"/api/v2/builds/{build}/follow?from=0", HttpCompletionOption.ResponseHeadersRead, Now);
        using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync(Now));
        Assert.Equal("checkout", await reader.ReadLineAsync(Now));
        await Complete(first);
        var second = await rows.Log(build, await rows.Step(build, 1, "compile"));
        await rows.Append(second, [[Rows.Line("gcc"), Rows.Line("ld")]]);
        Assert.Equal("gcc", await reader.ReadLineAsync(Now));
        await Complete(second);
        await fixture.Master.Store.Execute($"UPDATE builds SET completed_at = weir_now(), results = 0 WHERE id = {build}");

        Assert.Equal("ld\n", await reader.ReadToEndAsync(Now));
        Assert.Equal("ld\n", await client.GetStringAsync($"/api/v2/builds/{build}/follow?from=2", Now));
        var found = await (await client.GetAsync($"/api/v2/builds/{build}/search?q=gcc", Now)).Json();
        var next = found["meta"]!["next"]?.GetValue<string>();
        Assert.Equal($"{second}:0", next);
        found = await (await client.GetAsync($"/api/v2/builds/{build}/search?q=gcc&from={next}", Now)).Json();
        Assert.Equal((second, 0), (found["hits"]![0]!["logid"]!.GetValue<long>(), found["hits"]![0]!["line"]!.GetValue<int>()));
        Assert.Equal(2, (await (await client.GetAsync($"/api/v2/builds/{build}/logs", Now)).Json())["logs"]!.AsArray().Count);
    }

    [Fact]
    public async Task Contents_are_as_Buildbot_tells_them_however_many_are_asked_for()
    {
        var (_, log) = await Log([.. Enumerable.Range(0, 12_000).Select(n => $"{n} \"<é>\\")], size: 1000);

        async Task<string> Content(string query) => (await (await client.GetAsync($"/api/v2/logs/{log}/contents{query}", Now)).Json())["logchunks"]![0]!["content"]!.GetValue<string>();
        Assert.Equal("o11998 \"<é>\\\no11999 \"<é>\\\n", await Content("?offset=11998&limit=100"));
        Assert.Equal("o0 \"<é>\\\n", await Content("?limit=1"));
        var whole = (await Content("")).Split('\n');
        Assert.Equal((12_001, "o0 \"<é>\\", "o11999 \"<é>\\"), (whole.Length, whole[0], whole[11_999]));
        Assert.Equal("", await Content("?offset=20000"));
    }

    [Fact]
    public async Task Strange_bytes_are_contents_too()
    {
        var log = await rows.LogOf(await rows.Build(await rows.Builder(), await rows.Worker(), await rows.Master(), await rows.Revision()), [new LogLine(0, 0, LogStream.Stderr, LineEnd.Newline, new byte[] { 0xff, 0x41, 0xc3 })]);

        Assert.Equal("e\ufffdA\ufffd\n", (await (await client.GetAsync($"/api/v2/logs/{log}/contents", Now)).Json())["logchunks"]![0]!["content"]!.GetValue<string>());
    }

    [Theory]
    [InlineData("follow?from=x", 400, "from")]
    [InlineData("follow?from=-1", 400, "from")]
    [InlineData("follow?from=99", 416, "2 lines so far")]
    [InlineData("follow?speed=9", 400, "speed")]
    [InlineData("search", 400, "missing")]
    [InlineData("search?q=(&regex=true", 400, "Not a regular expression")]
    [InlineData("search?q=a&regex=maybe", 400, "regex")]
    [InlineData("search?q=a&limit=100000", 400, "limit")]
    [InlineData("contents?offset=-1", 400, "offset")]
    [InlineData("contents?offset=1&offset=2", 400, "offset")]
    public async Task A_wrong_question_is_answered_with_what_is_wrong(string question, int status, string said)
    {
        var (_, log) = await Log(["one", "two"]);

        var answer = await client.GetAsync($"/api/v2/logs/{log}/{question}", Now);

        Assert.Equal(status, (int)answer.StatusCode);
        Assert.Contains(said, await answer.Content.ReadAsStringAsync(Now));
        Assert.Equal(HttpStatusCode.NotFound, (await client.GetAsync($"/api/v2/logs/999999/{question.Split('?')[0]}?{(question.StartsWith("search", StringComparison.Ordinal) ? "q=a" : "")}", Now)).StatusCode);
    }

    [Fact]
    public async Task Rows_of_the_page_are_those_of_their_lines_and_may_be_kept()
    {
        var (_, log) = await Log(["plain", "\x1b[32mgreen", "still", new string('w', 5000)], size: 2);

        var answer = await client.GetAsync($"/logs/{log}/rows?from=2&count=2", Now);
        var html = await answer.Content.ReadAsStringAsync(Now);

        Assert.Contains("immutable", answer.Headers.CacheControl!.ToString());
        Assert.Contains("<span class=\"f2\">still</span>", html);
        Assert.Contains("904 more characters", html);
        Assert.Contains(new string('w', 5000), await client.GetStringAsync($"/logs/{log}/rows?from=3&whole=true", Now));
        Assert.Contains("no-store", (await client.GetAsync($"/logs/{log}/rows?from=0&count=100", Now)).Headers.CacheControl!.ToString());
        Assert.Equal(HttpStatusCode.BadRequest, (await client.GetAsync($"/logs/{log}/rows?count=1000000", Now)).StatusCode);
    }

    private async Task<(long Build, long Log)> Log(string[] lines, int size = 1000, bool open = false)
    {
        var build = await rows.Build(await rows.Builder(), await rows.Worker(), await rows.Master(), await rows.Revision());
        if (open)
            await fixture.Master.Store.Execute($"UPDATE builds SET completed_at = NULL, results = NULL WHERE id = {build}");
        var log = await rows.Log(build, await rows.Step(build, 0, "first"));
        await fixture.Master.Store.Execute($"UPDATE logs SET completed_at = NULL WHERE id = {log}");
        await rows.Append(log, lines.Select(l => Rows.Line(l)).Chunk(size));
        return (build, log);
    }

    private Task Complete(long log) => fixture.Master.Store.Execute($"UPDATE logs SET completed_at = weir_now() WHERE id = {log}");
}
