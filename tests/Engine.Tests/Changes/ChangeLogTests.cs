using System.Text;
using System.Text.Json;
using Weir.Shared;
using Weir.Shared.Changes;

namespace Weir.Engine.Tests.Changes;

public sealed class ChangeLogTests
{
    private static NewChange Change(string revision = "1") => new() { Author = "Zoë <zoe@example.org>", Codebase = "lib", Branch = "main", Revision = revision, Comments = "Ärger behoben\n\nzweite Zeile" };

    [Fact]
    public async Task Changes_are_stored_in_order_with_one_work_row_each_and_a_known_key_is_passed_over()
    {
        await using var works = await Works.With(Configurations.Of());
        var first = await works.Log.Add([Change("1") with { Key = "a" }, Change("2") with { Key = "b", ParentRevisions = ["1"] }], Works.Ann, CancellationToken.None);

        var again = await works.Log.Add([Change("1") with { Key = "a" }, Change("3") with { Key = "c", ParentRevisions = ["2", "unknown"] }], Works.Ann, CancellationToken.None);

        Assert.Equal(first[0], again[0]);
        Assert.Equal(3, await works.Count("change_work"));
        var list = (await works.Log.List("main", "lib", null, 10, CancellationToken.None)).Items;
        Assert.Equal(["3", "2", "1"], list.Select(c => c.Revision));
        Assert.Equal([first[1]], list[0].ParentIds);
        Assert.Equal([first[0]], list[1].ParentIds);
        Assert.Equal("Ärger behoben", list[0].Subject);
        Assert.Equal(3, await works.Store.Scalar<long>("SELECT count(*) FROM event_outbox WHERE kind = 'ChangeAdded'"));
    }

    [Fact]
    public async Task What_is_too_much_is_cut_and_says_so()
    {
        await using var works = await Works.With(Configurations.Of());
        var huge = Change() with
        {
            Comments = "a\0b\ud800c" + new string('ö', 100_000),
            Files = [.. Enumerable.Range(0, 3001).Select(n => $"f{n}")],
            Properties = new Dictionary<string, JsonElement> { ["n"] = JsonDocument.Parse("""{"x": ["a\u0000b", 1]}""").RootElement },
        };

        await works.Log.Add([huge], Works.Ann, CancellationToken.None);

        var stored = (await works.Log.List(null, null, null, 1, CancellationToken.None)).Items[0];
        Assert.StartsWith("a\u2400b\ufffdcö", stored.Comments);
        Assert.EndsWith("ö…", stored.Comments);
        Assert.InRange(Encoding.UTF8.GetByteCount(stored.Comments), 64 * 1024 - 3, 64 * 1024);
        Assert.Equal((3000, true), (stored.Files.Count, stored.FilesCut));
        Assert.Contains("a\u2400b", JsonDocument.Parse(stored.Properties[0].Value).RootElement.GetProperty("x")[0].GetString());
    }

    [Fact]
    public async Task A_sent_change_is_completed_from_its_codebase_and_audited()
    {
        await using var works = await Works.With(Configurations.Of());
        var sha = new string('A', 40);

        var outcome = await works.Log.Send(new() { Author = "ann", Codebase = "lib", Revision = sha }, Works.Ann, CancellationToken.None);
        var again = await works.Log.Send(new() { Author = "ann", Repository = "https://example.org/lib.git", Revision = sha.ToLowerInvariant() }, Works.Ann, CancellationToken.None);

        var change = (await works.Log.List(null, null, null, 10, CancellationToken.None)).Items.Single();
        Assert.Equal(new ActionOutcome.Done(change.Id), outcome);
        Assert.Equal(outcome, again);
        Assert.Equal(("https://example.org/lib.git", "gst", "main"), (change.Repository, change.Project, change.Branch));
        Assert.Equal(2, await works.Count("audit"));
    }

    [Fact]
    public async Task Everything_wrong_with_a_sent_change_is_said_at_once()
    {
        await using var works = await Works.With(Configurations.Of());
        var bad = new NewChange { Author = " ", Codebase = "LIB", Branch = "--upload-pack=x", Revision = "a b", Category = new string('x', 300), RevisionLink = "javascript:alert(1)", Files = [""] };

        var outcome = await works.Log.Send(bad, Works.Ann, CancellationToken.None);

        var fields = Assert.IsType<ActionOutcome.Invalid>(outcome).Problems.Select(p => p.Field).Order();
        Assert.Equal(["author", "branch", "category", "codebase", "files", "revision", "revlink"], fields);
        Assert.Equal(0, await works.Count("changes"));
    }

    [Fact]
    public async Task Pages_follow_one_another()
    {
        await using var works = await Works.With(Configurations.Of());
        for (var n = 1; n <= 5; n++)
            await works.Commit($"{n}");

        var first = await works.Log.List("main", null, null, 3, CancellationToken.None);
        var second = await works.Log.List("main", null, first.Next, 3, CancellationToken.None);

        Assert.Equal(["5", "4", "3", "2", "1"], first.Items.Concat(second.Items).Select(c => c.Revision));
        Assert.Null(second.Next);
    }
}
