using Weir.Engine.Configuration;
using Weir.Engine.Configuration.Revisions;
using Weir.Engine.Configuration.Sources;
using Weir.Engine.Queue;
using Weir.Shared.Configuration;
using Weir.Shared.Identity;
using Weir.Support;

namespace Weir.Engine.Tests.Configuration.Sources;

/// <summary>What is in force is put together of the good contents of all sources.</summary>
public sealed class SourceTests : IAsyncLifetime
{
    private static readonly Actor Ann = new("ann", new HashSet<string> { Right.Configure });
    private static readonly CancellationToken None = CancellationToken.None;
    private TestStore store = null!;
    private RevisionActions revisions = null!;
    private RevisionQueries queries = null!;

    public async ValueTask InitializeAsync()
    {
        store = await TestStore.Create();
        revisions = new(store.Database, new ConfigurationInForce(store.Database), new RetiredRequests());
        queries = new(store.Database);
    }

    public ValueTask DisposeAsync() => store.DisposeAsync();

    [Fact]
    public async Task File_and_store_stand_side_by_side_and_each_replaces_its_own()
    {
        await File("weir: 1\nworkers: { w1: {} }\n");
        await Store("weir: 1\nbuilders: { lib: { workers: { names: [w1] }, steps: [ { run: x } ] } }\n");
        await File("weir: 1\nworkers: { w1: {}, w2: {} }\n");

        Assert.Equal(["weir.yaml File", "ci.yaml Store"], (await queries.InForce(None))!.Parts.Select(p => $"{p.Name} {p.Origin}"));
        Assert.Equal("w1,w2", await Scalar("SELECT string_agg(name, ',' ORDER BY name) FROM workers WHERE configured"));
        var refused = await Store("weir: 1\nworkers: { w2: {} }\n");
        Assert.Equal("\"w2\" is defined twice: here and at weir.yaml:2:20.", Assert.Single(refused.Problems).Message);
    }

    [Fact]
    public async Task A_broken_file_keeps_its_last_good_content_while_others_move_on()
    {
        await File("weir: 1\nworkers: { w1: {} }\n");
        await File("weir: 1\nworkers: { w1: { maxBuild: 2 } }\n");

        var moved = await Store("weir: 1\nprojects: { gst: {} }\n");

        Assert.True(moved is { Accepted: true, Changed: true });
        Assert.Equal("w1", await Scalar("SELECT string_agg(name, ',') FROM workers WHERE configured"));
        var file = (await new PartQueries(store.Database).Parts(None))[0];
        Assert.Equal(("file", PartState.Broken, "workers.w1.maxBuild"), (file.Name, file.State, file.Problems[0].Path));
        Assert.NotNull(file.BrokenSince);
        Assert.Equal(["workers w1"], file.Defines.Select(d => $"{d.Section} {d.Name}"));

        await File("weir: 1\nworkers: { w1: { maxBuilds: 2 } }\n");
        Assert.Equal(PartState.Good, (await new PartQueries(store.Database).Parts(None))[0].State);
    }

    [Fact]
    public async Task What_is_good_only_together_comes_in_force_together()
    {
        await File("weir: 1\nworkers: { w1: {} }\nbuilders: { lib: { workers: { names: [w1] }, steps: [ { run: x } ] } }\nschedulers: { f: { type: force, builders: [lib] } }\n");

        // A builder moves from the file to the store: each of the two alone is wrong.
        Assert.False((await File("weir: 1\nworkers: { w1: {} }\nschedulers: { f: { type: force, builders: [lib] } }\n")).Accepted);
        var both = await Store("weir: 1\nbuilders: { lib: { workers: { names: [w1] }, steps: [ { run: x } ] } }\n");

        Assert.True(both.Accepted, string.Join(' ', both.Problems));
        Assert.Equal(["ci.yaml"], (await queries.InForce(None))!.Parts.Where(p => p.Text.Contains("lib:", StringComparison.Ordinal)).Select(p => p.Name));
        Assert.All(await new PartQueries(store.Database).Parts(None), p => Assert.Equal(PartState.Good, p.State));
    }

    [Fact]
    public async Task A_restored_revision_brings_back_what_each_source_had()
    {
        await File("weir: 1\nworkers: { w1: {} }\n");
        var first = await Store("weir: 1\nprojects: { gst: {} }\n");
        await File("weir: 1\nworkers: { w2: {} }\n");
        await Store("weir: 1\nprojects: { other: {} }\n");

        await new RevisionHistory(queries, revisions).Restore(first.RevisionId!.Value, null, ApplyTerms.None, Ann, None);

        Assert.Equal((await queries.Find(first.RevisionId.Value, None))!.Hash, (await queries.InForce(None))!.Hash);
        Assert.Equal(["file Replaced", "store Good"], (await new PartQueries(store.Database).Parts(None)).Select(p => $"{p.Name} {p.State}"));
        // What the file says when it changes counts again, and the store keeps what was restored.
        await File("weir: 1\nworkers: { w3: {} }\n");
        Assert.Equal("gst w3", await Scalar("SELECT (SELECT string_agg(name, ',') FROM projects WHERE retired_at IS NULL) || ' ' || (SELECT string_agg(name, ',') FROM workers WHERE configured)"));
    }

    [Fact]
    public async Task A_part_is_taken_out_as_a_whole_unless_others_need_it()
    {
        await File("weir: 1\nworkers: { w1: {} }\n");
        await Store("weir: 1\nbuilders: { lib: { workers: { names: [w1] }, steps: [ { run: x } ] } }\n");

        Assert.False((await revisions.RemovePart("file", null, Ann, None)).Result!.Accepted);
        await Store("weir: 1\nworkers: { w2: {} }\n");
        Assert.True((await revisions.RemovePart("file", null, Ann, None)).Result!.Changed);

        Assert.Equal(("ci.yaml", "the part file removed"), (Assert.Single((await queries.InForce(None))!.Parts).Name, (await queries.InForce(None))!.Reason));
        Assert.False((await revisions.RemovePart("store", null, Ann, None)).Result!.Accepted);
        Assert.IsType<Shared.ActionOutcome.NotFound>((await revisions.RemovePart("forms", null, Ann, None)).Outcome);
        Assert.IsType<Shared.ActionOutcome.Conflict>((await revisions.RemovePart("team", null, Ann, None)).Outcome);
        // The file counts again when it says something new.
        await File("weir: 1\nworkers: { w3: {} }\n");
        Assert.Equal("w2,w3", await Scalar("SELECT string_agg(name, ',' ORDER BY name) FROM workers WHERE configured"));
    }

    [Fact]
    public async Task A_watched_file_is_not_replaced_over_rest_but_may_be_looked_at_and_sent_along_as_it_is()
    {
        await File("weir: 1\nworkers: { w1: {} }\n");

        var refused = await revisions.Apply([new("weir.yaml", "weir: 1\n")], "", ApplyTerms.None, Ann, None);
        Assert.Equal("weir.yaml is a watched file (/etc/weir): change it there, or give this part another name.", Assert.Single(refused.Problems).Message);
        Assert.Empty(await revisions.Check([new("weir.yaml", "weir: 1\nworkers: { w5: {} }\n")], None));
        var sent = await revisions.Apply([new("weir.yaml", "weir: 1\nworkers: { w1: {} }\n"), new("ci.yaml", "weir: 1\nprojects: { gst: {} }\n")], "", ApplyTerms.None, Ann, None);
        Assert.True(sent.Accepted);
        Assert.Equal(["weir.yaml File", "ci.yaml Store"], (await queries.InForce(None))!.Parts.Select(p => $"{p.Name} {p.Origin}"));
    }

    private async Task<ApplyResult> File(string text)
    {
        ConfigurationPart[] parts = [new("weir.yaml", text)];
        var draft = Draft.Of(new Offer(SourceSet.File, PartOrigin.File, parts) { Given = ContentHash.Of(parts), Place = "/etc/weir" });
        return (await revisions.Apply(_ => draft, "", Actor.Weir("configuration file"), "config.apply", None))!;
    }

    private Task<ApplyResult> Store(string text) => revisions.Apply([new("ci.yaml", text)], "", ApplyTerms.None, Ann, None);

    private Task<string?> Scalar(string sql) => store.Scalar<string>(sql);
}
