using System.Net;

namespace Weir.Server.Tests.Api;

/// <summary>What the steps of a build gave out, in the form of Buildbot's build data.</summary>
public sealed class BuildDataTests(Site site) : IClassFixture<Site>
{
    [Fact]
    public async Task A_build_lists_what_its_steps_gave_out_and_gives_each_value_as_its_bytes()
    {
        using var client = site.Master.Anonymous();
        foreach (var path in new[] { $"/api/v2/builds/{site.Build}/data", "/api/v2/builders/linux/builds/1/data", $"/api/v2/builders/{site.Builder}/builds/1/data" })
        {
            var list = await (await client.GetAsync(path)).Json();
            Assert.Equal(["check.empty 0", "check.version 6"], list["build_data"]!.AsArray().Select(d => $"{d!["name"]} {d["length"]}"));
            Assert.Equal(2, (int)list["meta"]!["total"]!);
            Assert.Null(list["build_data"]![1]!["value"]);
            Assert.Equal("step check", (string)list["build_data"]![1]!["source"]!);

            var value = await client.GetAsync(path + "/check.version/value");
            Assert.Equal(("1.2 é", "application/octet-stream"), (await value.Content.ReadAsStringAsync(), value.Content.Headers.ContentType!.MediaType));
            Assert.Equal("check.version", value.Content.Headers.ContentDisposition!.FileName);
            Assert.Equal("", await client.GetStringAsync(path + "/check.empty/value"));
        }
        Assert.Equal("check.version", (string)(await (await client.GetAsync($"/api/v2/builds/{site.Build}/data?length__gt=0")).Json())["build_data"]!.AsArray().Single()!["name"]!);
    }

    [Fact]
    public async Task A_build_without_any_has_an_empty_list_and_what_is_not_there_is_told()
    {
        using var client = site.Master.Anonymous();
        var bare = await site.Rows.Build(site.Builder, site.Worker, site.MasterId, site.Revision);

        Assert.Empty((await (await client.GetAsync($"/api/v2/builds/{bare}/data")).Json())["build_data"]!.AsArray());
        foreach (var path in new[] { "/api/v2/builds/999999/data", $"/api/v2/builds/{bare}/data/check.version", $"/api/v2/builds/{bare}/data/check.version/value", "/api/v2/builders/linux/builds/99/data" })
            Assert.Equal(HttpStatusCode.NotFound, (await client.GetAsync(path)).StatusCode);
    }

    [Fact]
    public async Task A_step_shows_what_it_counted() =>
        Assert.Equal(3, (int)(await (await site.Master.Anonymous().GetAsync($"/api/v2/steps/{site.Step}")).Json())["steps"]![0]!["statistics"]!["warnings-count"]!);
}
