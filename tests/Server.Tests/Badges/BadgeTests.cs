using System.Net;
using System.Xml.Linq;
using Weir.App.Server.Badges;

namespace Weir.Server.Tests.Badges;

public sealed class BadgeTests(MasterFixture fixture) : IClassFixture<MasterFixture>, IAsyncLifetime
{
    private static readonly SemaphoreSlim Once = new(1);
    private static bool _isFilled;

    private TestMaster Master => fixture.Master;

    public async ValueTask InitializeAsync()
    {
        await Once.WaitAsync();
        if (!_isFilled)
            await Fill();
        _isFilled = true;
        Once.Release();
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Theory]
    [InlineData("/badges/lib.svg", "build: failure")]
    [InlineData("/badges/lib.svg?branch=stable", "build: success")]
    [InlineData("/badges/lib.svg?branch=none", "build: no builds")]
    [InlineData("/badges/lib.svg?label=lib%20%3C%26%22%3E", "lib <&\">: failure")]
    [InlineData("/badges/lib.svg?label=", "failure")]
    [InlineData("/badges/idle.svg", "build: no builds")]
    [InlineData("/badges/odd%20n%C3%A4me%20%26%20co.svg?style=flat-square", "build: warnings")]
    [InlineData("/plugins/badges/lib.svg", "Build Status: running")]
    [InlineData("/plugins/badges/lib.svg?left_text=mine&style=plastic&branch=stable", "mine: success")]
    public async Task A_badge_says_what_came_out_last(string path, string title)
    {
        var answer = await Master.Anonymous().GetAsync(path);
        var svg = XDocument.Parse(await answer.Content.ReadAsStringAsync());

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal("image/svg+xml", answer.Content.Headers.ContentType?.MediaType);
        Assert.Equal(title, svg.Root!.Element(XName.Get("title", "http://www.w3.org/2000/svg"))?.Value);
        Assert.Equal(title, svg.Root.Attribute("aria-label")?.Value);
        Assert.Equal("img", svg.Root.Attribute("role")?.Value);
        Assert.Equal(["cross-origin"], answer.Headers.GetValues("Cross-Origin-Resource-Policy"));
    }

    [Fact]
    public async Task It_is_sent_once_and_then_only_asked_after()
    {
        var first = await Master.Anonymous().GetAsync("/badges/lib.svg");
        using var again = new HttpRequestMessage(HttpMethod.Get, "/badges/lib.svg");
        again.Headers.IfNoneMatch.Add(first.Headers.ETag!);

        var second = await Master.Anonymous().SendAsync(again);

        Assert.InRange(first.Headers.CacheControl!.MaxAge!.Value, TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(1));
        Assert.Equal(HttpStatusCode.NotModified, second.StatusCode);
        Assert.Equal("", await second.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task A_builder_that_is_not_there_is_404_with_a_picture_that_says_so()
    {
        var answer = await Master.Anonymous().GetAsync("/badges/nobody.svg");

        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        Assert.Equal("image/svg+xml", answer.Content.Headers.ContentType?.MediaType);
        Assert.Contains("unknown builder", await answer.Content.ReadAsStringAsync());
    }

    [Theory]
    [InlineData("style=for-the-badge", "style")]
    [InlineData("label=1234567890123456789012345678901234567890123456789012345678901", "label")]
    [InlineData("branch=a&branch=b", "branch")]
    public async Task Parameters_have_limits(string query, string field)
    {
        var answer = await Master.Anonymous().GetAsync("/badges/lib.svg?" + query);

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.NotNull((await answer.Json())["errors"]![field]);
    }

    [Theory]
    [InlineData("build", 35, 45)]
    [InlineData("iiiiiiii", 33, 45)]
    [InlineData("WWWWWWWW", 88, 102)]
    [InlineData("構築", 30, 38)]
    public void A_box_is_as_wide_as_its_text(string label, int least, int most)
    {
        var svg = XDocument.Parse(BadgeSvg.Draw(label, "success", "#000", BadgeStyle.Flat)).Root!;
        var alone = XDocument.Parse(BadgeSvg.Draw("", "success", "#000", BadgeStyle.Flat)).Root!;

        Assert.InRange((int)svg.Attribute("width")! - (int)alone.Attribute("width")!, least, most);
    }

    [Fact]
    public void What_XML_cannot_hold_is_left_out()
    {
        var svg = XDocument.Parse(BadgeSvg.Draw("a\u0000\u0007<b>\ud800", "x", "#000", BadgeStyle.FlatSquare)).Root!;

        Assert.Equal("a<b>: x", svg.Attribute("aria-label")?.Value);
    }

    private async Task Fill() => await Master.Store.Execute("""
        INSERT INTO config_revisions (hash, author, created_at, reason, state, parts) VALUES ('badges', 'test', weir_now(), 'test', 'Retired', '[]');
        INSERT INTO builders (name) VALUES ('lib'), ('idle'), ('odd näme & co');
        INSERT INTO workers (name) VALUES ('badge-worker');
        INSERT INTO buildsets (reason, submitted_at) VALUES ('badges', weir_now());
        INSERT INTO requests (buildset_id, builder_id, submitted_at) SELECT (SELECT max(id) FROM buildsets), id, weir_now() FROM builders WHERE name IN ('lib', 'odd näme & co');
        INSERT INTO builds (builder_id, number, request_id, buildset_id, worker_id, master_id, config_revision_id, started_at, completed_at, results, state_text, branch)
        SELECT b.id, v.number, r.id, r.buildset_id, (SELECT id FROM workers WHERE name = 'badge-worker'), (SELECT min(id) FROM masters), (SELECT max(id) FROM config_revisions), weir_now(),
            CASE WHEN v.results IS NULL THEN NULL ELSE weir_now() END, v.results, 'x', v.branch
        FROM (VALUES ('lib', 1, 0, 'stable'), ('lib', 2, 2, 'main'), ('lib', 3, NULL::smallint, 'main'), ('odd näme & co', 1, 1, 'main')) AS v (builder, number, results, branch)
        JOIN builders b ON b.name = v.builder JOIN requests r ON r.builder_id = b.id;
        """);
}
