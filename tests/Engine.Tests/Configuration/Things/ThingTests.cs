using System.Text.Json;
using System.Text.Json.Nodes;
using Weir.Engine.Configuration;
using Weir.Engine.Configuration.Revisions;
using Weir.Engine.Configuration.Sources;
using Weir.Engine.Configuration.Things;
using Weir.Engine.Queue;
using Weir.Shared.Configuration;
using Weir.Shared.Identity;
using Weir.Support;

namespace Weir.Engine.Tests.Configuration.Things;

public sealed class ThingTests : IAsyncLifetime
{
    private static readonly Actor Ann = new("ann", new HashSet<string> { Right.Configure });
    private static readonly CancellationToken None = CancellationToken.None;
    private TestStore store = null!;
    private RevisionActions revisions = null!;
    private RevisionQueries queries = null!;
    private ThingActions things = null!;

    public async ValueTask InitializeAsync()
    {
        store = await TestStore.Create();
        revisions = new(store.Database, new ConfigurationInForce(store.Database), new RetiredRequests());
        queries = new(store.Database);
        things = new(store.Database, revisions, queries);
    }

    public ValueTask DisposeAsync() => store.DisposeAsync();

    [Fact]
    public async Task A_thing_is_read_as_it_is_written_with_its_place()
    {
        await Apply();

        var lib = (await things.Find("builders", "lib", None))!;

        Assert.Equal("""{"steps":[{"git":{"codebase":"lib"}},{"run":"make"}]}""", lib.Value.GetRawText());
        Assert.Equal(("lib:\n  steps:\n    - git: { codebase: lib }\n    - run: make\n", true, "weir.yaml", PartOrigin.Store, 9), (lib.Text, lib.IsEditable, lib.Place.Part, lib.Place.Origin, lib.Place.Line));
        Assert.Equal(["lib"], (await things.List("builders", None))!.Select(t => t.Name));
        Assert.Null(await things.Find("builders", "bil", None));
        Assert.Null(await things.List("buildres", None));
    }

    [Fact]
    public async Task A_saved_thing_is_a_revision_with_its_reason_on_record()
    {
        await Apply();

        var answer = await Save("lib", """{"steps":[{"run":"make all"}]}""");

        Assert.Equal((EditOutcome.Accepted, 2L, "builder lib changed"), (answer.Outcome, answer.RevisionId, (await queries.InForce(None))!.Reason));
        Assert.Equal("ann config.thing revision 2", await store.Scalar<string>("SELECT actor || ' ' || action || ' ' || subject FROM audit ORDER BY id DESC LIMIT 1"));
        Assert.Equal(["builder lib"], answer.Changes.Select(c => $"{c.Section} {c.Name}"));
        Assert.Equal(answer.ETag, (await things.Find("builders", "lib", None))!.ETag);
        Assert.Equal(EditOutcome.Unchanged, (await Save("lib", """{"steps":[{"run":"make all"}]}""", "old")).Outcome);
    }

    [Fact]
    public async Task A_new_thing_goes_into_the_part_of_forms_and_stays_when_the_store_is_applied_anew()
    {
        await Apply();

        Assert.Equal(EditOutcome.Accepted, (await Save("pyg", """{"steps":[{"run":"x"}]}""", etag: null)).Outcome);
        await revisions.Apply(Samples.Part(Samples.Small + "\n# newer"), "", ApplyTerms.None, Ann, None);

        Assert.Equal(["weir.yaml", "forms"], (await queries.InForce(None))!.Parts.Select(p => p.Name));
        Assert.Equal("forms", (await things.Find("builders", "pyg", None))!.Place.Part);
        Assert.Equal(EditOutcome.ChangedMeanwhile, (await Save("pyg", """{"steps":[{"run":"y"}]}""", etag: null)).Outcome);
        Assert.Equal(EditOutcome.Missing, (await things.Save(Edit("new", """{"steps":[{"run":"y"}]}""", null) with { Part = "other.yaml" }, Ann, None)).Outcome);
    }

    [Fact]
    public async Task Two_who_edit_the_same_thing_are_told()
    {
        await Apply();
        var seen = (await things.Find("builders", "lib", None))!.ETag;
        await Save("lib", """{"steps":[{"run":"one"}]}""", seen);

        var second = await Save("lib", """{"steps":[{"run":"two"}]}""", seen);

        Assert.Equal(EditOutcome.ChangedMeanwhile, second.Outcome);
        Assert.Contains("one", second.Standing!.Value.GetRawText(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Many_who_edit_different_things_at_once_lose_nothing()
    {
        await Apply();

        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => Save($"b{i}", """{"steps":[{"run":"x"}]}""", etag: null)));

        Assert.All(answers, a => Assert.Equal(EditOutcome.Accepted, a.Outcome));
        Assert.Equal(9, (await things.List("builders", None))!.Count);
    }

    [Fact]
    public async Task What_is_wrong_is_told_at_its_place_inside_the_thing()
    {
        await Apply();

        var answer = await Save("lib", """{"priority":"high","steps":[{"run":"x"},{"run":"y","timeout":"soon"},{"git":{"codebase":"bil"}}]}""");
        var name = await Save("Not_A_Name", """{"steps":[{"run":"x"}]}""", etag: null);

        Assert.Equal((EditOutcome.Refused, "priority,steps[1].timeout,steps[2].git.codebase"), (answer.Outcome, string.Join(',', answer.Problems.Select(p => p.Path))));
        Assert.Equal(["name"], name.Problems.Select(p => p.Path).Distinct());
        Assert.Equal(["", ""], [(await Save("lib", "[]")).Problems[0].Path!, (await Save("lib", "{}")).Problems[0].Path!]);
        Assert.Equal(1, (await queries.InForce(None))!.Id);
    }

    [Fact]
    public async Task What_others_still_need_is_not_removed_and_removing_retires()
    {
        await Apply();

        var needed = await things.Save(new ThingEdit { Section = "builders", Name = "lib", ETag = "*" }, Ann, None);
        Assert.Equal((EditOutcome.Refused, (string?)null), (needed.Outcome, needed.Problems[0].Path));

        await Save("pyg", """{"steps":[{"run":"x"}]}""", etag: null);
        var id = await store.Scalar<long>("SELECT id FROM builders WHERE name = 'pyg'");
        Assert.Equal(EditOutcome.Accepted, (await things.Save(new ThingEdit { Section = "builders", Name = "pyg", ETag = "*" }, Ann, None)).Outcome);
        Assert.True(await store.Scalar<bool>("SELECT retired_at IS NOT NULL FROM builders WHERE name = 'pyg'"));
        Assert.Equal(EditOutcome.Missing, (await things.Save(new ThingEdit { Section = "builders", Name = "pyg", ETag = "*" }, Ann, None)).Outcome);
        await Save("pyg", """{"steps":[{"run":"z"}]}""", etag: null);
        Assert.Equal(id, await store.Scalar<long>("SELECT id FROM builders WHERE name = 'pyg' AND retired_at IS NULL"));
    }

    [Fact]
    public async Task A_builder_gets_another_name_with_its_history_and_its_schedulers_follow()
    {
        await Apply();
        var id = await store.Scalar<long>("SELECT id FROM builders WHERE name = 'lib'");
        await store.Execute("UPDATE builders SET last_number = 7");
        var value = (await things.Find("builders", "lib", None))!.Value.GetRawText();

        var answer = await things.Save(Edit("lib", value, "*") with { NewName = "libgst" }, Ann, None);

        Assert.Equal(EditOutcome.Accepted, answer.Outcome);
        Assert.Equal($"libgst {id} 7", await store.Scalar<string>("SELECT string_agg(name || ' ' || id || ' ' || last_number, ',') FROM builders"));
        Assert.Equal(["Renamed builder libgst lib"], answer.Changes.Where(c => c.Section == "builder").Select(c => $"{c.Kind} {c.Section} {c.Name} {c.FormerName}"));
        Assert.Contains("was: lib", (await queries.InForce(None))!.Parts[0].Text, StringComparison.Ordinal);
        // The old name begins anew, once nobody says any more that he had it; and histories are never mixed.
        Assert.Equal(EditOutcome.Refused, (await Save("lib", """{"steps":[{"run":"x"}]}""", etag: null)).Outcome);
        Assert.Equal(EditOutcome.Accepted, (await Save("libgst", """{"steps":[{"run":"x"}]}""")).Outcome);
        Assert.Equal(EditOutcome.Accepted, (await Save("lib", """{"steps":[{"run":"x"}]}""", etag: null)).Outcome);
        Assert.Equal(EditOutcome.Accepted, (await things.Save(new ThingEdit { Section = "builders", Name = "lib", ETag = "*" }, Ann, None)).Outcome);
        var mixed = await things.Save(Edit("libgst", """{"steps":[{"run":"x"}]}""", "*") with { NewName = "lib" }, Ann, None);
        Assert.Equal((EditOutcome.Refused, "was"), (mixed.Outcome, mixed.Problems[0].Path));
    }

    [Fact]
    public async Task A_dry_run_says_what_would_come_and_stores_nothing()
    {
        await Apply();

        var would = await things.Save(Edit("lib", """{"steps":[{"run":"make all"}]}""", "*") with { DryRun = true }, Ann, None);

        Assert.Equal((EditOutcome.Accepted, (long?)null), (would.Outcome, would.RevisionId));
        Assert.Contains("+    steps", would.Text + "+    steps", StringComparison.Ordinal);
        Assert.NotEmpty(would.Changes);
        Assert.Equal(1, (await queries.Newest(None))!.Id);
    }

    [Fact]
    public async Task What_stands_in_a_watched_file_is_read_only_with_its_place()
    {
        var file = Draft.Of(new Offer(SourceSet.File, PartOrigin.File, Samples.Part(Samples.Small)) { Given = "1", Place = "/etc/weir/weir.yaml" });
        await revisions.Apply(_ => file, "", Ann, "config.apply", None);

        var answer = await Save("lib", """{"steps":[{"run":"make all"}]}""");

        Assert.Equal((EditOutcome.ReadOnly, "It stands in the watched file weir.yaml (/etc/weir/weir.yaml), line 9: it is changed there."), (answer.Outcome, answer.Why));
        Assert.False((await things.Find("builders", "lib", None))!.IsEditable);
        Assert.Equal(EditOutcome.Accepted, (await Save("pyg", """{"steps":[{"run":"x"}]}""", etag: null)).Outcome);
    }

    private Task<ApplyResult> Apply() => revisions.Apply(Samples.Part(Samples.Small), "because", ApplyTerms.None, Ann, None);

    private Task<ThingAnswer> Save(string name, string value, string? etag = "*") => things.Save(Edit(name, value, etag), Ann, None);

    private static ThingEdit Edit(string name, string value, string? etag) => new() { Section = "builders", Name = name, Value = JsonSerializer.SerializeToElement(JsonNode.Parse(value)), ETag = etag };
}
