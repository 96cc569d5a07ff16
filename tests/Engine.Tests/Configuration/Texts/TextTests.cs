using Weir.Engine.Configuration;
using Weir.Engine.Configuration.Revisions;
using Weir.Engine.Configuration.Sources;
using Weir.Engine.Configuration.Texts;
using Weir.Engine.Queue;
using Weir.Shared.Configuration;
using Weir.Shared.Identity;
using Weir.Support;

namespace Weir.Engine.Tests.Configuration.Texts;

public sealed class TextTests : IAsyncLifetime
{
    private const string Workers = "weir: 1\nworkers: { ash: {} }   # ours\n";
    private const string Builders = "weir: 1\nbuilders: { lib: { steps: [ { run: make } ] } }\n";
    private static readonly Actor Ann = new("ann", new HashSet<string> { Right.Configure });
    private static readonly CancellationToken None = CancellationToken.None;
    private TestStore store = null!;
    private RevisionActions revisions = null!;
    private RevisionQueries queries = null!;
    private TextActions texts = null!;

    public async ValueTask InitializeAsync()
    {
        store = await TestStore.Create();
        revisions = new(store.Database, new ConfigurationInForce(store.Database), new RetiredRequests());
        queries = new(store.Database);
        texts = new(store.Database, revisions, queries);
        Assert.True((await revisions.Apply([new("workers.yaml", Workers), new("builders.yaml", Builders)], "begin", ApplyTerms.None, Ann, None)).Accepted);
    }

    public ValueTask DisposeAsync() => store.DisposeAsync();

    [Fact]
    public async Task One_text_is_written_and_the_others_stay()
    {
        var read = (await texts.Find("builders.yaml", None))!;
        Assert.Equal((Builders, true), (read.Text, read.IsEditable));

        var answer = await Save("builders.yaml", Builders.Replace("make", "make all", StringComparison.Ordinal), read.ETag, "all of it");

        Assert.Equal(EditOutcome.Accepted, answer.Outcome);
        var inForce = (await queries.InForce(None))!;
        Assert.Equal((answer.RevisionId, "all of it", "ann"), (inForce.Id, inForce.Reason, inForce.Author));
        Assert.Equal([Workers, Builders.Replace("make", "make all", StringComparison.Ordinal)], inForce.Parts.Select(p => p.Text));
        Assert.Contains("make all", answer.Text, StringComparison.Ordinal);
        Assert.Equal("config.text", await store.Scalar<string>("SELECT action FROM audit ORDER BY id DESC LIMIT 1"));
    }

    [Fact]
    public async Task A_new_text_is_added_once()
    {
        Assert.Equal(EditOutcome.Accepted, (await Save("locks.yaml", "weir: 1\nlocks: { cpu: {} }\n", null)).Outcome);
        Assert.Equal(EditOutcome.ChangedMeanwhile, (await Save("locks.yaml", "weir: 1\nlocks: { db: {} }\n", null)).Outcome);
        Assert.Equal(["workers.yaml", "builders.yaml", "locks.yaml"], (await texts.List(None)).Select(t => t.Name));
    }

    [Fact]
    public async Task An_emptied_text_is_taken_out()
    {
        Assert.Equal(EditOutcome.Accepted, (await Save("builders.yaml", " \n", "*")).Outcome);

        Assert.Equal(["workers.yaml"], (await texts.List(None)).Select(t => t.Name));
        Assert.Equal(EditOutcome.Refused, (await Save("builders.yaml", "", "*")).Outcome);
    }

    [Fact]
    public async Task What_somebody_else_wrote_meanwhile_is_not_lost()
    {
        var read = (await texts.Find("builders.yaml", None))!;
        await Save("builders.yaml", Builders.Replace("make", "theirs", StringComparison.Ordinal), read.ETag);

        var answer = await Save("builders.yaml", Builders.Replace("make", "mine", StringComparison.Ordinal), read.ETag);

        Assert.Equal(EditOutcome.ChangedMeanwhile, answer.Outcome);
        Assert.Contains("theirs", answer.Standing!.Text, StringComparison.Ordinal);
        Assert.Contains("-builders: { lib: { steps: [ { run: theirs } ] } }\n+builders: { lib: { steps: [ { run: mine } ] } }", answer.Text, StringComparison.Ordinal);
        Assert.Equal(EditOutcome.Unchanged, (await Save("builders.yaml", answer.Standing.Text, read.ETag)).Outcome);
    }

    [Fact]
    public async Task A_text_that_is_not_good_changes_nothing_and_says_where()
    {
        var before = await queries.InForceId(None);

        var answer = await Save("builders.yaml", "weir: 1\nbuilders: { lib: { steps: [ { rum: make } ] } }\n", "*");

        Assert.Equal((EditOutcome.Refused, "builders.yaml", 2), (answer.Outcome, answer.Problems[0].Part, answer.Problems[0].Line));
        Assert.Equal(before, await queries.InForceId(None));
        // What another text needs of this one is said as well.
        Assert.Equal(EditOutcome.Accepted, (await Save("use.yaml", "weir: 1\nschedulers: { n: { type: periodic, every: 1h, builders: [lib] } }\n", null)).Outcome);
        Assert.Contains((await Save("builders.yaml", "", "*")).Problems, p => p.Part == "use.yaml");
    }

    [Fact]
    public async Task A_dry_run_stores_nothing()
    {
        var answer = await texts.Save(new() { Name = "builders.yaml", Text = Builders.Replace("make", "make all", StringComparison.Ordinal), ETag = "*", DryRun = true }, Ann, None);

        Assert.Equal((EditOutcome.Accepted, null), (answer.Outcome, answer.RevisionId));
        Assert.Equal("lib", Assert.Single(answer.Changes).Name);
        Assert.Equal(Builders, (await texts.Find("builders.yaml", None))!.Text);
    }

    [Fact]
    public async Task A_watched_file_is_read_and_not_written()
    {
        await revisions.Apply(_ => Draft.Of(new Offer(SourceSet.File, PartOrigin.File, [new("weir.yaml", "weir: 1\nlocks: { cpu: {} }\n")]) { Place = "/etc/weir.yaml" }), "watched", Ann, "config.apply", None);

        Assert.Contains("/etc/weir.yaml", (await texts.Find("weir.yaml", None))!.WhyNot!, StringComparison.Ordinal);
        Assert.Equal(EditOutcome.ReadOnly, (await Save("weir.yaml", "weir: 1\n", "*")).Outcome);
    }

    private Task<TextAnswer> Save(string name, string text, string? etag, string? reason = null) => texts.Save(new() { Name = name, Text = text, ETag = etag, Reason = reason }, Ann, None);
}
