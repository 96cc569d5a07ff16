using Weir.Engine.Changes.Hooks;
using Weir.Shared;
using Weir.Shared.Changes;
using Weir.Shared.Configuration;
using Weir.Support;

namespace Weir.Engine.Tests.Changes.Hooks;

public sealed class InboxTests
{
    private static readonly string Secrets = Directory.CreateTempSubdirectory("weir-hook-secrets-").FullName;

    private static WeirConfiguration Model(params WebhookConfiguration[] sources) => Configurations.Of() with
    {
        Codebases = [new() { Name = "lib", Repository = "https://github.com/acme/lib.git" }],
        ChangeSources = sources.Length > 0 ? sources : [new WebhookConfiguration { Name = "forge", Dialect = "github", Secret = "HOOK" }],
        Secrets = [new() { From = "directory", Path = Secrets }],
    };

    private static async Task<(Works Works, HookInbox Inbox)> With(params WebhookConfiguration[] sources)
    {
        await File.WriteAllTextAsync(Path.Combine(Secrets, "HOOK"), "hush\n");
        var works = await Works.With(Model(sources));
        return (works, new(works.Store.Database, works.Configuration, new(works.Store.Database, new PlainSeal()), works.Store.Clock));
    }

    private static HookDelivery Delivery(string file, string kind, string secret = "hush", string? source = "forge", string? dialect = null)
    {
        var body = Payloads.Of(file);
        return new()
        {
            Source = source,
            Dialect = dialect,
            ContentType = "application/json",
            Headers = [new("X-GitHub-Event", [kind]), new("X-GitHub-Delivery", ["d-1"]), new("X-Hub-Signature-256", ["sha256=" + Payloads.Hex(body, secret)])],
            Body = body,
            Address = "192.0.2.1",
        };
    }

    private static Task<HookReceipt> Receive(HookInbox inbox, HookDelivery delivery) => inbox.Receive(delivery, CancellationToken.None);

    [Fact]
    public async Task A_signed_hook_is_stored_then_read_and_its_replay_is_the_same_changes()
    {
        var (works, inbox) = await With();
        await using var _ = works;

        Assert.Equal(HookStanding.Stored, (await Receive(inbox, Delivery("github-push", "push"))).Standing);
        Assert.Equal(0, await works.Count("changes"));
        await works.Hooks.ReadAll(CancellationToken.None);
        Assert.Equal(2, await works.Count("changes"));
        await Receive(inbox, Delivery("github-push", "push"));
        await works.Hooks.ReadAll(CancellationToken.None);

        Assert.Equal(2, await works.Count("changes"));
        var hooks = (await inbox.List("forge", null, 10, CancellationToken.None)).Items;
        Assert.EndsWith("known already", hooks[0].Verdict, StringComparison.Ordinal);
        Assert.StartsWith("2 changes", hooks[1].Verdict, StringComparison.Ordinal);
        Assert.Equal(("push", "d-1", "192.0.2.1"), (hooks[0].Event, hooks[0].Delivery, hooks[0].Address));
    }

    [Fact]
    public async Task A_wrong_signature_is_counted_and_nothing_is_kept()
    {
        var (works, inbox) = await With();
        await using var _ = works;

        for (var n = 0; n < 3; n++)
            Assert.Equal(HookStanding.Refused, (await Receive(inbox, Delivery("github-push", "push", secret: "wrong"))).Standing);

        Assert.Equal(0, await works.Count("raw_hooks") + await works.Count("hook_work"));
        var refusal = Assert.Single(await inbox.Refusals(CancellationToken.None));
        Assert.Equal(("forge", 3, "192.0.2.1"), (refusal.Source, refusal.Count, refusal.LastAddress));
        Assert.Contains("does not fit", refusal.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task By_its_dialect_a_hook_finds_the_source_whose_secret_it_knows()
    {
        await File.WriteAllTextAsync(Path.Combine(Secrets, "SECOND"), "psst");
        var (works, inbox) = await With(new WebhookConfiguration { Name = "a", Dialect = "github", Secret = "HOOK" }, new WebhookConfiguration { Name = "b", Dialect = "github", Secret = "SECOND" });
        await using var _ = works;

        await Receive(inbox, Delivery("github-push", "push", "psst", source: null, dialect: "github"));
        Assert.Equal(HookStanding.Refused, (await Receive(inbox, Delivery("github-push", "push", "x", source: null, dialect: "github"))).Standing);
        Assert.Equal(HookStanding.Unknown, (await Receive(inbox, Delivery("github-push", "push", source: null, dialect: "gitlab"))).Standing);
        Assert.Equal(HookStanding.Unknown, (await Receive(inbox, Delivery("github-push", "push", source: "nobody"))).Standing);

        Assert.Equal("b", (await inbox.List(null, null, 10, CancellationToken.None)).Items.Single().Source);
    }

    [Fact]
    public async Task A_source_that_was_renamed_answers_at_its_former_address()
    {
        var (works, inbox) = await With(new WebhookConfiguration { Name = "hub", Was = "forge", Dialect = "github", Secret = "HOOK" });
        await using var _ = works;
        await works.Store.Execute("INSERT INTO change_sources (name, kind) VALUES ('hub', 'webhook') ON CONFLICT DO NOTHING; INSERT INTO former_names (section, name, until_revision, thing_id, renamed_at, told) SELECT 'change_sources', 'forge', 1, id, weir_now(), true FROM change_sources WHERE name = 'hub'");

        Assert.Equal(HookStanding.Stored, (await Receive(inbox, Delivery("github-push", "push", source: "forge"))).Standing);
        await works.Hooks.ReadAll(CancellationToken.None);

        Assert.Equal("hub", (await inbox.List(null, null, 10, CancellationToken.None)).Items.Single().Source);
        Assert.Equal(2, await works.Count("changes"));
    }

    [Fact]
    public async Task A_ping_is_answered_and_kept()
    {
        var (works, inbox) = await With();
        await using var _ = works;

        var receipt = await Receive(inbox, Delivery("github-ping", "ping"));
        await works.Hooks.ReadAll(CancellationToken.None);

        Assert.Equal(HookStanding.Answered, receipt.Standing);
        Assert.StartsWith("ping", (await inbox.List(null, null, 10, CancellationToken.None)).Items.Single().Verdict, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Where_the_secret_cannot_be_had_a_hook_waits_unbelieved_until_it_is_read_again()
    {
        var (works, inbox) = await With(new WebhookConfiguration { Name = "forge", Dialect = "github", Secret = "LATER" });
        await using var _ = works;
        File.Delete(Path.Combine(Secrets, "LATER"));
        var good = (await Receive(inbox, Delivery("github-push", "push"))).Id!.Value;
        var bad = (await Receive(inbox, Delivery("github-tag", "push", secret: "forged"))).Id!.Value;
        await works.Hooks.ReadAll(CancellationToken.None);
        Assert.Equal(0, await works.Count("changes"));
        Assert.All((await inbox.List(null, null, 10, CancellationToken.None)).Items, h => Assert.StartsWith("not checked: The secret LATER", h.Verdict, StringComparison.Ordinal));

        await File.WriteAllTextAsync(Path.Combine(Secrets, "LATER"), "hush");
        foreach (var id in new[] { good, bad })
            Assert.IsType<ActionOutcome.Done>(await inbox.ReadAgain(id, Works.Ann, CancellationToken.None));
        await works.Hooks.ReadAll(CancellationToken.None);

        Assert.Equal(2, await works.Count("changes"));
        Assert.StartsWith("not believed", (await inbox.List(null, null, 10, CancellationToken.None)).Items[0].Verdict, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_hook_that_cannot_be_read_stands_before_no_other()
    {
        var (works, inbox) = await With();
        await using var _ = works;
        await works.Store.Execute("""
            CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF NEW.category = 'tag' THEN RAISE 'the sky is falling'; END IF; RETURN NEW; END $$;
            CREATE TRIGGER refuse BEFORE INSERT ON changes FOR EACH ROW EXECUTE FUNCTION refuse();
            """);
        await Receive(inbox, Delivery("github-tag", "push"));
        await Receive(inbox, Delivery("github-push", "push"));

        await works.Hooks.ReadAll(CancellationToken.None);

        Assert.Equal(2, await works.Count("changes"));
        Assert.Contains("could not be read", (await inbox.List(null, null, 10, CancellationToken.None)).Items[1].Verdict, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_form_with_a_payload_is_the_same_as_JSON()
    {
        var (works, inbox) = await With();
        await using var _ = works;
        var body = System.Text.Encoding.UTF8.GetBytes("payload=" + Uri.EscapeDataString(System.Text.Encoding.UTF8.GetString(Payloads.Of("github-push"))));
        var delivery = Delivery("github-push", "push") with { ContentType = "application/x-www-form-urlencoded", Body = body, Headers = [new("X-GitHub-Event", ["push"]), new("X-Hub-Signature-256", ["sha256=" + Payloads.Hex(body, "hush")])] };

        Assert.Equal(HookStanding.Stored, (await Receive(inbox, delivery)).Standing);
        await works.Hooks.ReadAll(CancellationToken.None);

        Assert.Equal(2, await works.Count("changes"));
    }

    [Fact]
    public async Task Two_thousand_commits_are_stored_and_read()
    {
        var (works, inbox) = await With();
        await using var _ = works;
        var commits = string.Join(',', Enumerable.Range(0, 2000).Select(n => $$"""{"id": "{{n:x40}}", "message": "m", "distinct": true, "added": [{{string.Join(',', Enumerable.Range(0, 10).Select(f => $"\"f{f}\""))}}]}"""));
        var body = System.Text.Encoding.UTF8.GetBytes($$"""{"ref": "refs/heads/main", "after": "{{1999:x40}}", "repository": {"clone_url": "https://github.com/acme/lib.git"}, "commits": [{{commits}}]}""");
        var delivery = Delivery("github-push", "push") with { Body = body, Headers = [new("X-GitHub-Event", ["push"]), new("X-Hub-Signature-256", ["sha256=" + Payloads.Hex(body, "hush")])] };

        Assert.Equal(HookStanding.Stored, (await Receive(inbox, delivery)).Standing);
        await works.Hooks.ReadAll(CancellationToken.None);

        Assert.Equal(2000, await works.Count("changes"));
    }
}
