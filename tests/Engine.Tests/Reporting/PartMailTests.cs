using Microsoft.Extensions.Logging.Abstractions;
using Weir.Engine.Configuration;
using Weir.Engine.Configuration.Revisions;
using Weir.Engine.Configuration.Sources;
using Weir.Engine.Queue;
using Weir.Engine.Reporting;
using Weir.Engine.Tests.Configuration;
using Weir.Shared.Configuration;
using Weir.Shared.Identity;
using Weir.Support;

namespace Weir.Engine.Tests.Reporting;

/// <summary>Owners of broken parts are told, by a real mail server: once, by whichever engine, however often it fails before.</summary>
public sealed class PartMailTests : IAsyncLifetime
{
    private static readonly Actor Ann = new("ann", new HashSet<string> { Right.Configure });
    private static readonly CancellationToken None = CancellationToken.None;
    private readonly SmtpListener server = new();
    private TestStore store = null!;
    private RevisionActions revisions = null!;

    private const string Admin = """
        weir: 1
        title: GStreamer CI
        url: https://ci.example.org/
        workers: { w1: {} }
        builders: { b: { steps: [ { run: x } ] } }
        parts: { team: { repository: /team.git, path: ci, notify: [team@example.org, author], may: { workers: ['*'] } } }
        """;

    private const string Good = "weir: 1\nbuilders: { team-a: { steps: [ { run: x } ] } }\n";
    private const string Bad = "weir: 1\nbuilders:\n  team-a: { steps: [ { rum: x } ] }\n  other: { steps: [ { run: x } ] }\n";

    public async ValueTask InitializeAsync()
    {
        store = await TestStore.Create();
        revisions = new(store.Database, new ConfigurationInForce(store.Database), new RetiredRequests());
        await CanSend();
        Assert.Empty((await revisions.Apply(Samples.Part(Admin), "", ApplyTerms.None, Ann, None)).Problems);
    }

    public async ValueTask DisposeAsync()
    {
        await store.DisposeAsync();
        await server.DisposeAsync();
    }

    [Fact]
    public async Task They_hear_once_what_is_wrong_and_once_that_it_is_good_again()
    {
        await Commit("c1", Good);
        Assert.Equal(0, await Written());
        await Commit("c2c2c2c2c2c2c2c2", Bad, "eve@example.net");
        await Commit("c3", Bad, "eve@example.net");
        await Look(null);
        await SendAll();

        Assert.Equal(["eve@example.net", "team@example.org"], server.Mails.Select(m => m.Recipient).Order());
        var mail = server.Mails.First(m => m.Recipient == "team@example.org");
        Assert.Equal(("weir@ci.example.org", "GStreamer CI: the part team is not good", "auto-generated"), (mail.From, mail.Headers["Subject"], mail.Headers["Auto-Submitted"]));
        Assert.Equal("""
            The part team cannot be put in force as it is now. What was good last stays in force: commit c1.

            Where:   /team.git main ci
            Commit:  c2c2c2c2c2c2c2c2

            What is wrong:

            - team/ci.yaml, line 3, column 22 (builders.team-a.steps[0]):
              A step needs one of git, run, set, trigger. Did you mean "run"?

            - team/ci.yaml, line 4, column 3 (builders.other):
              Names of the part "team" begin with "team-": call it "team-other".

            https://ci.example.org/configuration#part-of-team

            """.ReplaceLineEndings("\n"), mail.Text.TrimEnd() + "\n");

        // Another error is news; and so is its end, to all who were told of any.
        await Commit("c4", "weir: 2\n", "mallory@example.net");
        await SendAll();
        Assert.Equal(["mallory@example.net", "team@example.org"], server.Mails.Skip(2).Select(m => m.Recipient).Order());
        await Commit("c5", Good + "# mended\n");
        await Look(null);
        await SendAll();
        Assert.Equal(["eve@example.net", "mallory@example.net", "team@example.org"], server.Mails.Skip(4).Select(m => m.Recipient).Order());
        Assert.StartsWith("The part team is good again, with commit c5.\n", server.Mails.Last().Text, StringComparison.Ordinal);
        Assert.Equal(7, server.Mails.Count);
        Assert.Equal(7, await store.Scalar<long>("SELECT count(*) FROM mails WHERE sent_at IS NOT NULL AND attempts = 1"));
    }

    [Fact]
    public async Task A_server_that_refuses_at_first_gets_it_later_and_meanwhile_the_page_says_why()
    {
        server.Refusals = 2;
        server.Unknown = "eve@example.net";
        await Commit("c2", Bad, "eve@example.net");
        await SendAll();
        Assert.Empty(server.Mails);
        var waiting = (await Part()).Mails;
        Assert.Equal([(1, true, false), (1, true, false)], waiting.Select(m => (m.Attempts, m.LastError!.Contains("come later", StringComparison.Ordinal), m.SentAt is not null)));

        await Later(MailSending.FirstPause);
        await SendAll();
        Assert.Equal("team@example.org", Assert.Single(server.Mails).Recipient);
        var eve = (await Part()).Mails.Single(m => m.SentAt is null);
        Assert.Equal(("eve@example.net", 2), (eve.Recipient, eve.Attempts));
        Assert.Contains("no such user here", eve.LastError, StringComparison.Ordinal);
        // Each pause is twice the one before, and after days it is given up.
        Assert.True(eve.NextAt - (await Now()) > 1.9 * MailSending.FirstPause);
        await Later(MailSending.GivenUpAfter);
        await SendAll();
        Assert.NotNull((await Part()).Mails.Single(m => m.Recipient == "eve@example.net").GivenUpAt);
        await Later(MailSending.GivenUpAfter);
        Assert.Null(await Sender().Take(None));
        Assert.Single(server.Mails);
    }

    [Fact]
    public async Task Two_engines_send_none_twice_and_what_one_took_before_it_died_the_other_sends()
    {
        await store.Execute("INSERT INTO mails (about, recipient, subject, body, written_at, next_at) SELECT 'part x', 'u' || i || '@example.org', 's', 'b', weir_now(), weir_now() FROM generate_series(1, 40) i");
        var lost = (await Sender().Take(None))!;

        await Task.WhenAll(SendAll(), SendAll());

        Assert.Equal(39, server.Mails.Select(m => m.Recipient).Distinct().Count());
        Assert.Equal(39, server.Mails.Count);
        // The one that was taken is not forgotten; who took it and was only slow writes nothing over what came since.
        await Later(TimeSpan.FromMinutes(2));
        await SendAll();
        Assert.Equal(40, server.Mails.Select(m => m.Recipient).Distinct().Count());
        server.Refusals = 1;
        await Sender().Send(lost, None);
        Assert.Equal(40, await store.Scalar<long>("SELECT count(*) FROM mails WHERE sent_at IS NOT NULL AND last_error IS NULL"));
        Assert.Equal(40, server.Mails.Select(m => m.Headers["Message-ID"]).Distinct().Count());
    }

    [Fact]
    public async Task Without_a_mail_server_nothing_is_written_and_who_gets_one_tells_what_still_is_so()
    {
        await store.Execute("UPDATE masters SET sends_mail = false");
        await Commit("c2", Bad, "eve@example.net");
        Assert.Equal((0L, false), (await Written(), (await Part()).CanSendMail));
        Assert.Equal(["team@example.org", "author"], (await Part()).Notify);

        await CanSend();
        await Look(null);
        Assert.Equal(2, await Written());
    }

    [Fact]
    public async Task A_repository_that_cannot_be_read_is_news_when_that_lasts()
    {
        await Look("no route to host");
        Assert.Equal(0, await Written());
        await Later(TimeSpan.FromMinutes(16));
        await CanSend();
        await Look("connection refused");
        await Look("no route to host");
        await SendAll();
        Assert.Equal("team@example.org", Assert.Single(server.Mails).Recipient);
        Assert.Contains("It could not be read: connection refused\n", server.Mails.Single().Text, StringComparison.Ordinal);
        await Look(null);
        await SendAll();
        Assert.Equal(2, server.Mails.Count);
    }

    [Fact]
    public async Task A_server_that_must_encrypt_and_does_not_gets_nothing()
    {
        await Commit("c2", Bad);

        await SendAll(new() { Host = "127.0.0.1", Port = server.Port, From = "weir@ci.example.org" });

        Assert.Empty(server.Mails);
        Assert.Contains("secure", (await Part()).Mails.Single().LastError, StringComparison.OrdinalIgnoreCase);
    }

    [Theory]
    [InlineData("team")]
    [InlineData("a b@example.org")]
    [InlineData("Team <team@example.org>")]
    [InlineData("a@example.org, b@example.org")]
    public async Task What_is_no_address_is_a_mistake(string address)
    {
        var problems = await revisions.Check(Samples.Part(Admin.Replace("team@example.org", $"'{address}'", StringComparison.Ordinal)), None);

        Assert.Equal($"A mail address is expected, like \"team@example.org\"; not \"{address}\".", Assert.Single(problems).Message);
    }

    private MailOptions Options => new() { Host = "127.0.0.1", Port = server.Port, From = "weir@ci.example.org", StartTls = false };

    private MailSending Sender(MailOptions? options = null) => new(store.Database, options ?? Options, store.Wakeups, TimeProvider.System, NullLogger<MailSending>.Instance);

    private async Task SendAll(MailOptions? options = null)
    {
        var sender = Sender(options);
        while (await sender.Take(None) is { } mail)
            await sender.Send(mail, None);
    }

    private Task CanSend() => store.Execute("""
        INSERT INTO masters (name, roles, version, state, started_at, heartbeat_at, limits_incarnation, sends_mail) VALUES ('m', '{engine}', '1', 'Active', weir_now(), weir_now(), 1, true)
        ON CONFLICT (name) DO UPDATE SET heartbeat_at = weir_now(), sends_mail = true
        """);

    private async Task Commit(string commit, string text, string? author = null) =>
        await revisions.Apply(s => new Draft([new Offer("team", PartOrigin.Repository, [new("team/ci.yaml", text)]) { Commit = commit, Author = author, Place = "/team.git main ci", Given = commit }], []), "", Actor.Weir("part team"), "config.apply", None);

    private Task Look(string? trouble) => store.Database.Write(unit => SourceRows.Looked(unit, new() { Name = "team", Repository = "/team.git", Path = "ci", Prefix = "team-" }, trouble), None);

    private Task Later(TimeSpan time) => store.Database.Write(unit => unit.Execute("UPDATE mails SET next_at = next_at - @time, written_at = written_at - @time; UPDATE config_sources SET broken_since = broken_since - @time", new { time }), None);

    private Task<long> Written() => store.Scalar<long>("SELECT count(*) FROM mails");

    private Task<DateTimeOffset> Now() => store.Scalar<DateTimeOffset>("SELECT weir_now()");

    private async Task<PartRecord> Part() => (await new PartQueries(store.Database).Parts(None)).Single(p => p.Name == "team");
}
