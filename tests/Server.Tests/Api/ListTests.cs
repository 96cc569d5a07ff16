using System.Net;
using System.Text.Json.Nodes;
using Weir.Shared.Builds;
using Weir.Support;

namespace Weir.Server.Tests.Api;

/// <summary>Lists without end: whatever filter, order and page is asked for, the store answers as a list in memory would.</summary>
public sealed class ListTests(ListTests.History history) : IClassFixture<ListTests.History>
{
    /// <summary>Sixty builds of three builders, some running, with times that coincide.</summary>
    public sealed class History : IAsyncLifetime
    {
        public TestMaster Master { get; private set; } = null!;
        public IReadOnlyList<JsonObject> All { get; private set; } = [];

        public async ValueTask InitializeAsync()
        {
            Master = await TestMaster.Start();
            var rows = new Rows(Master.Store);
            var (master, revision) = (await rows.Master(heartbeat: DateTimeOffset.UtcNow.AddDays(-1)), await rows.Revision());
            long[] builders = [await rows.Builder("a"), await rows.Builder("b"), await rows.Builder("c")];
            long[] workers = [await rows.Worker("w-one"), await rows.Worker("w-two")];
            for (var i = 0; i < 60; i++)
            {
                await rows.Build(builders[i % 3 == 2 ? i % 2 : i % 3], workers[i % 2], master, revision, from: i / 3, to: 100 + i / 4, results: i % 13 == 5 ? null : (BuildResult)(i % 4),
                    branch: i % 5 == 0 ? null : "branch-" + i % 3, text: "state " + i % 7);
            }
            All = [.. (await Get(Master, "/api/v2/builds?order=buildid")).Items];
            Assert.Equal(60, All.Count);
        }

        public ValueTask DisposeAsync() => Master.DisposeAsync();
    }

    private static readonly string[] Numbers = ["buildid", "number", "builderid", "workerid", "masterid", "started_at", "complete_at", "results", "attempt", "buildsetid", "buildrequestid", "started_at_ms"];
    private static readonly string[] Words = ["buildername", "workername", "state_string", "branch", "reason"];

    [Fact]
    public async Task Every_filter_and_order_answers_as_a_list_in_memory_would()
    {
        var random = new Random(42);
        var asked = 0;
        for (var i = 0; i < 150; i++)
        {
            var (query, expected) = Question(random);
            var (items, _, total) = await Get(history.Master, "/api/v2/builds?" + query);
            Assert.True(expected.Select(b => (long)b["buildid"]!).SequenceEqual(items.Select(b => (long)b["buildid"]!)), $"{query}: {string.Join(",", items.Select(b => b["buildid"]))}");
            Assert.Equal(expected.Count, total);
            asked += items.Count;
        }
        Assert.True(asked > 500, "The questions have answers.");
    }

    [Theory]
    [InlineData("order=-buildid")]
    [InlineData("order=buildid")]
    [InlineData("order=-started_at")]
    [InlineData("order=started_at")]
    [InlineData("order=-complete_at")]
    [InlineData("order=complete_at")]
    [InlineData("order=-complete_at&builderid=1")]
    [InlineData("builderid=1")]
    [InlineData("builderid=1&order=number")]
    [InlineData("builderid=1&order=-number")]
    [InlineData("state_string__contains=1")]
    [InlineData("complete=true&order=-started_at")]
    public async Task Pages_by_key_are_the_list_cut_into_pieces(string query)
    {
        query = query.Replace("builderid=1", $"builderid={history.All[0]["builderid"]}", StringComparison.Ordinal);
        var (whole, _, _) = await Get(history.Master, "/api/v2/builds?" + query);
        Assert.True(whole.Count > 7);
        var pieces = new List<long>();
        var after = "";
        while (true)
        {
            var (page, next, _) = await Get(history.Master, $"/api/v2/builds?limit=7&{query}{after}");
            pieces.AddRange(page.Select(b => (long)b["buildid"]!));
            if (next is null)
                break;
            after = "&after=" + next;
        }

        Assert.Equal(whole.Select(b => (long)b["buildid"]!), pieces);
    }

    [Fact]
    public async Task A_question_that_would_look_at_too_many_rows_is_refused_and_says_how_to_ask()
    {
        await using var big = await TestStore.Create();
        await BigStore.Fill(big, builders: 10, buildsPerDay: 30_000, days: 2, workers: 10, waiting: 10);
        await using var master = await TestMaster.Start(big);
        using var client = master.Anonymous();

        foreach (var query in new[] { "state_string=never", "order=state_string", "results__ne=0&state_string__contains=nothing" })
        {
            var refused = await client.GetAsync("/api/v2/builds?" + query);
            Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
            Assert.Contains("builderid", (string?)(await refused.Json())["detail"], StringComparison.Ordinal);
        }
        foreach (var query in new[] { "state_string=success&limit=5", "builderid=1&order=state_string&limit=5", "builderid=1&state_string=never", "complete=false&order=state_string" })
            Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("/api/v2/builds?" + query)).StatusCode);
        var (page, next, total) = await Get(master, "/api/v2/builds?limit=5");
        Assert.Equal((5, null), (page.Count, total));
        Assert.NotNull(next);
    }

    // As Python would compare: nothing is neither less nor greater than something, and differs from it.
    private (string Query, List<JsonObject> Expected) Question(Random random)
    {
        var query = new List<string>();
        IEnumerable<JsonObject> expected = history.All;
        for (var i = random.Next(3); i > 0; i--)
        {
            var isNumber = random.Next(2) == 0;
            var field = isNumber ? Numbers[random.Next(Numbers.Length)] : Words[random.Next(Words.Length)];
            var value = history.All[random.Next(60)][field];
            if (value is null || query.Any(q => q.StartsWith(field, StringComparison.Ordinal)))
                continue;
            var op = (isNumber ? ["", "__eq", "__ne", "__lt", "__le", "__gt", "__ge"] : new[] { "", "__ne", "__contains" })[random.Next(isNumber ? 7 : 3)];
            var text = isNumber ? value.ToJsonString() : (string)value!;
            query.Add($"{field}{op}={Uri.EscapeDataString(text)}");
            expected = expected.Where(b => op switch
            {
                "" or "__eq" => b[field]?.ToString() == text,
                "__ne" => b[field]?.ToString() != text,
                "__contains" => b[field]?.ToString().Contains(text, StringComparison.Ordinal) == true,
                _ => b[field] is { } number && Compare((long)number, long.Parse(text, System.Globalization.CultureInfo.InvariantCulture), op),
            });
        }
        if (random.Next(3) == 0)
        {
            var complete = random.Next(2) == 0;
            query.Add("complete=" + (complete ? "on" : "no"));
            expected = expected.Where(b => (bool)b["complete"]! == complete);
        }
        var order = Numbers[random.Next(Numbers.Length)];
        var descending = random.Next(2) == 0;
        query.Add("order=" + (descending ? "-" : "") + order);
        // PostgreSQL's order: what is nothing comes last, turned round first; equals stand by their numbers.
        var ordered = expected.OrderBy(b => b[order] is null).ThenBy(b => (long?)b[order]).ThenBy(b => (long)b["buildid"]!);
        if (order is "started_at" or "complete_at")
            ordered = expected.OrderBy(b => b[order] is null).ThenBy(b => (long?)b[order + "_ms"]).ThenBy(b => (long)b["buildid"]!);
        return (string.Join('&', query), [.. descending ? ordered.Reverse() : ordered]);
    }

    private static bool Compare(long a, long b, string op) => op switch { "__lt" => a < b, "__le" => a <= b, "__gt" => a > b, _ => a >= b };

    private static async Task<(IReadOnlyList<JsonObject> Items, string? Next, long? Total)> Get(TestMaster master, string address)
    {
        using var client = master.Anonymous();
        var answer = await client.GetAsync(address);
        var body = await answer.Json();
        Assert.True(answer.StatusCode == HttpStatusCode.OK, $"{address}: {body.ToJsonString()}");
        return ([.. body["builds"]!.AsArray().Select(b => b!.AsObject())], (string?)body["meta"]!["next"], (long?)body["meta"]!["total"]);
    }
}
