using System.Text.RegularExpressions;

namespace Weir.Server.Tests.Cli;

/// <summary>What lists and refuses: tables at a terminal, tabs in a pipe, JSON, and words that help.</summary>
public sealed partial class ListingCommandTests(ListingCommandTests.Ready ready) : IClassFixture<ListingCommandTests.Ready>
{
    /// <summary>A master with a configuration, and a shell that is signed in.</summary>
    public sealed class Ready : IAsyncLifetime
    {
        public TestMaster Master { get; private set; } = null!;

        public CommandShell Shell { get; } = new();

        public async ValueTask InitializeAsync()
        {
            Master = await TestMaster.Start();
            await Shell.SignIn(Master);
            var file = Path.Combine(Shell.Home.FullName, "weir.yaml");
            await File.WriteAllTextAsync(file, Configuration);
            var applied = await Shell.Run(null, "config", "apply", file);
            Assert.True(applied.Code == 0, applied.Errors);
        }

        public async ValueTask DisposeAsync()
        {
            Shell.Dispose();
            await Master.DisposeAsync();
        }
    }

    private const string Configuration = """
        weir: 1
        codebases:
          lib: { repository: https://example.org/lib.git, branch: main }
        workers:
          w1: {}
        builders:
          lib-linux:
            workers: { names: [w1] }
            steps:
              - run: make
                name: make
          a-builder-with-a-name-as-long-as-one-may-be-so-that-it-is-cut-xx:
            workers: { names: [w1] }
            steps:
              - run: make
                name: make
        schedulers:
          by-hand:
            type: force
            builders: [lib-linux]
            parameters:
              - { name: version, type: string, required: true, description: What to call it }
          every-day:
            type: periodic
            every: 24h
            builders: [lib-linux]
        """;

    private readonly CommandShell shell = ready.Shell;

    private TestMaster Master => ready.Master;

    [Theory]
    [InlineData("builders", "builders")]
    [InlineData("builds", "builds")]
    [InlineData("queue", "buildrequests")]
    [InlineData("workers", "workers")]
    [InlineData("masters", "masters")]
    [InlineData("schedulers", "schedulers")]
    [InlineData("changes", "changes")]
    [InlineData("config history", "revisions")]
    [InlineData("token list", "tokens")]
    [InlineData("user list", "users")]
    [InlineData("db status", "store")]
    [InlineData("db check", "checks")]
    [InlineData("db roles", "roles")]
    public async Task Every_list_speaks_JSON_as_REST_does_and_stays_within_the_terminal(string words, string collection)
    {
        var json = await shell.Run(null, [.. words.Split(' '), "--json"]);
        Assert.Equal(0, json.Code);
        Assert.NotNull(json.Json[collection]!.AsArray());

        var terminal = await shell.AtTerminal(60, words.Split(' '));
        Assert.Equal(0, terminal.Code);
        Assert.All(terminal.Lines, l => Assert.True(Plain(l).Length <= 60, l));
    }

    [Fact]
    public async Task A_pipe_gets_tabs_without_heads_colours_or_cuts_and_times_as_ISO()
    {
        var piped = await shell.Run(null, "masters");

        var fields = Assert.Single(piped.Lines).Split('\t');
        Assert.Equal(("active", "ui, engine"), (fields[1], fields[2]));
        Assert.Matches(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$", fields[^1]);
        Assert.Contains((await shell.Run(null, "builders")).Lines, l => l.StartsWith("a-builder-with-a-name-as-long-as-one-may-be-so-that-it-is-cut-xx\t", StringComparison.Ordinal));
        Assert.DoesNotContain('\e', piped.Output);
    }

    [Fact]
    public async Task A_terminal_gets_heads_colours_and_times_in_words_and_no_colours_with_NO_COLOR()
    {
        var coloured = await shell.AtTerminal(100, "masters");
        Assert.Contains("\e[38;5;2mactive", coloured.Output);
        Assert.Contains("heartbeat", coloured.Output);
        Assert.Matches(@"just now|\d+ s ago", coloured.Output);
        Assert.Contains("…", (await shell.AtTerminal(60, "builders")).Output);

        shell.Environment["NO_COLOR"] = "1";
        var plain = await shell.AtTerminal(100, "masters");
        shell.Environment.Remove("NO_COLOR");
        Assert.Equal(plain.Output.Replace("\e[?1h\e=", ""), Plain(plain.Output));
        Assert.Contains("heartbeat", plain.Output);
    }

    [Theory]
    [InlineData("builds lib-linx", "Did you mean \"lib-linux\"?")]
    [InlineData("log lib-lnux", "Did you mean \"lib-linux\"?")]
    [InlineData("build lib-linu/7", "Did you mean \"lib-linux\"?")]
    [InlineData("force by-hnd", "Did you mean \"by-hand\"?")]
    [InlineData("force -b lib-linx", "Did you mean \"lib-linux\"?")]
    [InlineData("worker pause w2", "Did you mean \"w1\"?")]
    [InlineData("schedulers disable every-dya", "Did you mean \"every-day\"?")]
    public async Task A_name_that_is_not_there_is_told_with_the_one_that_was_meant(string words, string expected)
    {
        var answer = await shell.Run(null, words.Split(' '));

        Assert.Equal(5, answer.Code);
        Assert.Equal("", answer.Output);
        Assert.Contains(expected, answer.Errors);
    }

    [Theory]
    [InlineData("bilds", "`weir builds`")]
    [InlineData("config aply x", "`weir config apply`")]
    [InlineData("builds --limt 3", "`weir builds --limit`")]
    public async Task A_word_that_is_no_command_is_told_with_the_one_that_was_meant(string words, string expected)
    {
        var answer = await shell.Run(null, words.Split(' '));

        Assert.Equal(2, answer.Code);
        Assert.Contains("Did you mean " + expected, answer.Errors);
    }

    [Fact]
    public async Task A_form_that_is_filled_in_wrongly_says_what_it_takes()
    {
        var answer = await shell.Run(null, "force");

        Assert.Equal(2, answer.Code);
        Assert.Contains("-p version=TEXT  needed  What to call it", answer.Errors);
        Assert.Contains("-b lib-linux", answer.Errors);
    }

    [Fact]
    public async Task A_forced_request_waits_in_the_queue_and_is_cancelled_alone_or_with_its_set()
    {
        var order = (await shell.Run(null, "force", "by-hand", "-p", "version=1", "--key", "one", "--json")).Json;
        var again = (await shell.Run(null, "force", "by-hand", "-p", "version=1", "--key", "one", "--json")).Json;
        Assert.Equal((long)order["result"]![0]!, (long)again["result"]![0]!);
        var request = (long)(await shell.Run(null, "queue", "--json")).Json["buildrequests"]!.AsArray().Single(r => (long)r!["buildsetid"]! == (long)order["result"]![0]!)!["buildrequestid"]!;

        Assert.Equal("Request " + request + " has the priority -3.", (await shell.Run(null, "raise", $"{request}", "--priority", "-3")).Output.Trim());
        Assert.Equal("Request " + request + " is at the front of the queue.", (await shell.Run(null, "raise", $"{request}", "--reason", "the release")).Output.Trim());
        Assert.Equal(2, (await shell.Run(null, "raise", $"{request}", "--priority", "1", "--reason", "both")).Code);
        Assert.Equal(0, (await shell.Run(null, "cancel", $"{request}", "--reason", "a test")).Code);
        Assert.Equal(1, (await shell.Run(null, "raise", $"{request}")).Code);
        Assert.Equal(1, (await shell.Run(null, "cancel", $"{request}")).Code);
        var set = (long)(await shell.Run(null, "force", "by-hand", "-p", "version=2", "--json")).Json["result"]![0]!;
        Assert.Equal(0, (await shell.Run(null, "cancel", "--buildset", $"{set}")).Code);
        Assert.Equal(5, (await shell.Run(null, "cancel", "999999")).Code);
    }

    [Fact]
    public async Task Schedulers_are_switched_and_fired()
    {
        Assert.Equal(0, (await shell.Run(null, "schedulers", "disable", "every-day")).Code);
        Assert.Contains("every-day\tperiodic\toff", (await shell.Run(null, "schedulers")).Output);
        Assert.Equal(1, (await shell.Run(null, "schedulers", "fire", "every-day")).Code);
        Assert.Equal(0, (await shell.Run(null, "schedulers", "enable", "every-day")).Code);

        var fired = await shell.Run(null, "schedulers", "fire", "every-day", "--reason", "a look", "--json");
        Assert.Equal(0, fired.Code);
        var set = await (await Master.Anonymous().GetAsync($"/api/v2/buildsets/{fired.Json["result"]}")).Json();
        Assert.Equal("scheduler every-day, fired by admin: a look", (string?)set["buildsets"]![0]!["reason"]);
        Assert.Contains("force it", (await shell.Run(null, "schedulers", "fire", "by-hand")).Errors);
    }

    [Fact]
    public async Task Workers_are_paused_with_a_reason_and_resumed()
    {
        Assert.Equal(0, (await shell.Run(null, "worker", "pause", "w1", "--reason", "new disk")).Code);
        Assert.Contains("Paused by admin: new disk", (await shell.Run(null, "workers")).Output);
        Assert.Equal(0, (await shell.Run(null, "worker", "resume", "w1")).Code);
    }

    [Fact]
    public async Task An_address_may_come_from_the_environment_and_times_are_there_in_both_forms()
    {
        using var bare = new CommandShell();
        bare.Environment["WEIR_SERVER"] = Master.Url;

        var master = (await bare.Run(null, "masters", "--json")).Json["masters"]![0]!;

        Assert.Equal(DateTimeOffset.FromUnixTimeSeconds((long)master["started_at"]!), DateTimeOffset.Parse((string)master["started_at_iso"]!, System.Globalization.CultureInfo.InvariantCulture));
    }

    private static string Plain(string line) => EscapeSequence().Replace(line, "");

    // The runtime switches the keypad when it finds a terminal: that is no colour and takes no place.
    [GeneratedRegex(@"\e\[[0-9;?]*[A-Za-z]|\e=")]
    private static partial Regex EscapeSequence();
}
