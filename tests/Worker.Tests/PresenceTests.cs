using System.Net;
using Weir.Worker.Tests.Support;

namespace Weir.Worker.Tests;

/// <summary>The owner of a machine says whether it may be used, by command and on the local page, with a master in reach or without.</summary>
public sealed class PresenceTests
{
    private static CancellationToken Now => TestContext.Current.CancellationToken;

    private static Task<(int Exit, string Output)> Say(WorkerUnderTest worker, string word, params string[] more) => WorkerUnderTest.RunProgram(null, [word, "--work", worker.Work, .. more]);

    private static async Task<WorkerUnderTest> Started(FakeEngine engine)
    {
        var worker = new WorkerUnderTest(engine).Start();
        await Eventually.Holds(() => engine.Ready, "the worker is there");
        return worker;
    }

    [Fact]
    public async Task Away_and_back_are_told_at_once_and_what_runs_goes_on()
    {
        await using var engine = await FakeEngine.Start();
        await using var worker = await Started(engine);
        Assert.Null(engine.Hellos[^1].Absence);
        var command = engine.Shell("until [ -e ../go ]; do sleep 0.1; done; echo done");
        await command.Started();

        var (exit, said) = await Say(worker, "away", "--until", "2h", "--reason", "a film\nat eight");
        Assert.Equal(0, exit);
        Assert.Contains("nothing new is begun. 1 command goes on.", said, StringComparison.Ordinal);
        await Eventually.Holds(() => engine.Absences.Count == 1, "the engine is told");
        var (session, absence) = engine.Absences[0];
        Assert.Equal((engine.Session, "a film at eight"), (session, absence!.Reason));
        Assert.InRange(absence.Seconds!.Value, 7100, 7200);
        Assert.Contains(": away until ", (await Say(worker, "status")).Output, StringComparison.Ordinal);
        await File.WriteAllTextAsync(Path.Combine(worker.Work, "go"), "", Now);
        Assert.Equal(0, (await command.End()).ExitCode);

        Assert.Contains("takes builds again", (await Say(worker, "back")).Output, StringComparison.Ordinal);
        await Eventually.Holds(() => engine.Absences.Count == 2, "the engine is told");
        Assert.Null(engine.Absences[1].Absence);
        Assert.Contains(": idle\n", (await Say(worker, "status")).Output, StringComparison.Ordinal);
        Assert.Contains("The owner is done with this machine", (await Say(worker, "logs", "-n", "20")).Output, StringComparison.Ordinal);
        Assert.Empty(engine.Complaints);
    }

    [Fact]
    public async Task Without_a_master_it_is_kept_and_told_at_the_next_contact_also_after_a_restart()
    {
        await using var engine = await FakeEngine.Start();
        await using var worker = await Started(engine);
        await worker.Terminate();

        var (exit, said) = await Say(worker, "away", "--reason", "moving house");
        Assert.Equal(0, exit);
        Assert.Contains("When it starts it is away.", said, StringComparison.Ordinal);
        worker.Start();
        await Eventually.Holds(() => engine.Hellos.Count == 2 && engine.Ready, "it comes back");

        Assert.Equal("moving house", engine.Hellos[^1].Absence!.Reason);
        Assert.Null(engine.Hellos[^1].Absence!.Seconds);
        Assert.Empty(engine.Absences); // the hello has said it
    }

    [Fact]
    public async Task An_engine_of_an_earlier_release_is_not_told_and_the_owner_hears_of_it()
    {
        await using var engine = await FakeEngine.Start();
        engine.Protocol = 2;
        await using var worker = await Started(engine);

        await Say(worker, "away");
        await Eventually.Holds(() => worker.Output.Contains("cannot be told that this worker's owner is using it", StringComparison.Ordinal), "the warning");

        Assert.Empty(engine.Absences);
        Assert.Empty(engine.Complaints);
    }

    /// <summary>As on a full disk: the worker says so by each of the ways, nothing has changed, and it goes on.</summary>
    [Fact]
    public async Task What_cannot_be_written_down_is_said_and_changes_nothing()
    {
        await using var engine = await FakeEngine.Start();
        await using var worker = await Started(engine);
        var kept = Path.Combine(worker.Work, ".weir", "presence.json");
        Directory.CreateDirectory(kept); // nothing can be written in its place

        var (exit, said) = await Say(worker, "away");
        Assert.Equal(1, exit);
        Assert.Contains("could not be written down, so nothing has changed", said, StringComparison.Ordinal);
        using var owner = new HttpClient();
        var address = new Uri((await File.ReadAllTextAsync(Path.Combine(worker.Work, ".weir", "page"), Now)).Trim());
        var token = (await owner.GetStringAsync(address, Now)).Split("name=\"form\" value=\"")[1].Split('"')[0];
        var answer = await owner.PostAsync(new Uri(new Uri(address, "/"), "away"), new FormUrlEncodedContent([new("form", token)]), Now);
        Assert.Equal(HttpStatusCode.InternalServerError, answer.StatusCode);
        Assert.Contains("could not be written down, so nothing has changed", await answer.Content.ReadAsStringAsync(Now), StringComparison.Ordinal);
        Assert.Contains(": idle\n", (await Say(worker, "status")).Output, StringComparison.Ordinal);
        Assert.Empty(engine.Absences);

        Directory.Delete(kept);
        Assert.Equal(0, (await Say(worker, "away")).Exit);
        await Eventually.Holds(() => engine.Absences.Count == 1, "the engine is told");
        await worker.Terminate();
    }

    [Theory]
    [InlineData(2, "is no moment", "away", "--until", "soon")]
    [InlineData(2, "is over already", "away", "--until", "2020-01-01T10:00Z")]
    [InlineData(1, "No worker runs", "status")]
    [InlineData(1, "No worker runs", "logs")]
    [InlineData(2, "is not the directory of a worker", "back")]
    public async Task What_cannot_be_is_said(int code, string words, params string[] arguments)
    {
        var (exit, output) = await WorkerUnderTest.RunProgram(null, [.. arguments, "--work", "/tmp/no-such-worker"]);

        Assert.Equal(code, exit);
        Assert.Contains(words, output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_page_is_for_who_has_its_address_and_its_buttons_for_its_own_forms()
    {
        await using var engine = await FakeEngine.Start();
        await using var worker = await Started(engine);
        var file = Path.Combine(worker.Work, ".weir", "page");
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
        var address = new Uri((await File.ReadAllTextAsync(file, Now)).Trim());
        Assert.Equal("127.0.0.1", address.Host);
        var root = new Uri(address, "/");
        using var stranger = new HttpClient();
        Assert.Equal(HttpStatusCode.Forbidden, (await stranger.GetAsync(root, Now)).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await stranger.GetAsync(root + "?token=0", Now)).StatusCode);

        using var owner = new HttpClient(new HttpClientHandler { CookieContainer = new CookieContainer() });
        var page = await owner.GetStringAsync(address, Now);
        Assert.Contains("I need this machine", page, StringComparison.Ordinal);
        await Eventually.Holds(async () => (await owner.GetStringAsync(address, Now)).Contains("Connected to ", StringComparison.Ordinal), "the log's end, which says that it is connected");
        var token = page.Split("name=\"form\" value=\"")[1].Split('"')[0];
        FormUrlEncodedContent Form(string form) => new([new("form", form), new("until", "2h"), new("reason", "<b>film</b>")]);

        Assert.Equal(HttpStatusCode.Forbidden, (await owner.PostAsync(new Uri(root, "away"), Form("guessed"), Now)).StatusCode);
        using var foreign = new HttpRequestMessage(HttpMethod.Post, new Uri(root, "away")) { Content = Form(token), Headers = { { "Origin", "http://evil.example" } } };
        Assert.Equal(HttpStatusCode.Forbidden, (await owner.SendAsync(foreign, Now)).StatusCode);
        // Over a connection of its own, as browsers keep them by name: after a strange name the runtime's listener answers once more ("200", nothing in it) before it closes the connection.
        using var elsewhere = new HttpClient();
        using var renamed = new HttpRequestMessage(HttpMethod.Get, address) { Headers = { { "Host", $"evil.example:{root.Port}" } } };
        Assert.False((await elsewhere.SendAsync(renamed, Now)).IsSuccessStatusCode);
        Assert.Empty(engine.Absences);

        Assert.Equal(HttpStatusCode.OK, (await owner.PostAsync(new Uri(root, "away"), Form(token), Now)).StatusCode);
        await Eventually.Holds(() => engine.Absences is [(_, { Reason: "<b>film</b>" })], "the engine is told");
        var after = await owner.GetStringAsync(root, Now);
        Assert.Contains("&lt;b&gt;film&lt;/b&gt;", after, StringComparison.Ordinal);
        Assert.Contains("I am done with it", after, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, (await owner.PostAsync(new Uri(root, "back"), Form(token), Now)).StatusCode);
        await Eventually.Holds(() => engine.Absences is [_, (_, null)], "the engine is told");

        // Browsers keep connections open, also such on which they have not asked anything yet; the worker's end does not wait for them.
        using var idle = new System.Net.Sockets.TcpClient();
        await idle.ConnectAsync(root.Host, root.Port, Now);
        await idle.GetStream().WriteAsync("GET / HT"u8.ToArray(), Now);
        await worker.Terminate();
        Assert.False(File.Exists(file));
    }
}
