using Weir.Server.Tests.Api;

namespace Weir.Server.Tests.Pages;

public sealed class MyWorkTests(Site site) : IClassFixture<Site>
{
    [Fact]
    public async Task The_first_page_shows_a_person_her_changes_and_the_builds_that_she_forced_and_nobody_else_anything()
    {
        await site.Master.AddUser("ada", "force");
        var change = await site.Rows.Change("Ada Lovelace <ada@example.org>", "Mend the loom");
        var forced = await (await site.Master.As("ada").PostJson("/api/v2/forceschedulers/force/actions/force", """{"builders":["linux"]}""")).Json();
        var set = (long)forced["result"]![0]!;
        var request = await site.Master.Store.Scalar<long>($"SELECT id FROM requests WHERE buildset_id = {set}");
        await site.Rows.Build(site.Builder, site.Worker, site.MasterId, site.Revision, order: (set, request));
        var number = await site.Master.Store.Scalar<int>("SELECT max(number) FROM builds");
        using var browser = site.Master.Browser();
        Assert.DoesNotContain("My builds", await browser.GetStringAsync("/"));

        await TestMaster.SignIn(browser, "ada");
        var page = (await browser.GetStringAsync("/")).Split("id=\"my-changes\"")[1];
        Assert.Contains($"href=\"/changes/{change}\" title=\"Mend the loom\"", page);
        Assert.Contains($"href=\"/builders/linux/builds/{number}\"", page.Split("id=\"my-builds\"")[1]);

        using var other = site.Master.Browser();
        await TestMaster.SignIn(other, "developer");
        var others = await other.GetStringAsync("/");
        Assert.Contains("None of the last changes is yours.", others);
        Assert.Contains("None of the last builds is yours.", others);
    }
}
