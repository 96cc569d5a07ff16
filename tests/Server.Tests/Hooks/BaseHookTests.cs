using System.Net;
using System.Text;

namespace Weir.Server.Tests.Hooks;

public sealed class BaseHookTests(MasterFixture fixture) : IClassFixture<MasterFixture>
{
    private TestMaster Master => fixture.Master;

    [Fact]
    public async Task A_hook_is_stored_as_it_came_before_it_is_answered()
    {
        byte[] body = [.. Encoding.ASCII.GetBytes("author=x&comments=%ff&odd="), 0x00, 0xff, 0xfe];
        using var content = new ByteArrayContent(body);
        content.Headers.ContentType = new("application/x-www-form-urlencoded");

        var answer = await Master.Admin().PostAsync("/change_hook/base", content);

        Assert.Equal(HttpStatusCode.Accepted, answer.StatusCode);
        Assert.Equal(body, await Master.Store.Scalar<byte[]>("SELECT body FROM raw_hooks ORDER BY id DESC LIMIT 1"));
        Assert.Equal(0, await Master.Store.Scalar<long>("SELECT count(*) FROM raw_hooks WHERE headers::text ILIKE '%authorization%'"));
    }

    [Fact]
    public async Task Who_may_not_send_changes_stores_nothing()
    {
        var before = await Master.Store.Scalar<long>("SELECT count(*) FROM raw_hooks");

        Assert.Equal(HttpStatusCode.Unauthorized, (await Master.Anonymous().PostForm("/change_hook/base", ("author", "x"))).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await Master.As("viewer").PostForm("/change_hook/base", ("author", "x"))).StatusCode);
        using var browser = Master.Browser();
        await TestMaster.SignIn(browser);
        Assert.Equal(HttpStatusCode.Forbidden, (await browser.PostForm("/change_hook/base", ("author", "x"))).StatusCode);

        Assert.Equal(before, await Master.Store.Scalar<long>("SELECT count(*) FROM raw_hooks"));
    }

    [Fact]
    public async Task A_setting_opens_hooks_to_everybody()
    {
        await using var open = await TestMaster.Start(null, ("Hooks:Open", "true"));

        Assert.Equal(HttpStatusCode.Accepted, (await open.Anonymous().PostForm("/change_hook/base", ("author", "x"))).StatusCode);
    }

    [Fact]
    public async Task Too_large_or_of_another_type_is_refused()
    {
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, (await Master.Admin().PostForm("/change_hook/base", ("comments", new string('x', 1_100_000)))).StatusCode);
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, (await Master.Admin().PostAsync("/change_hook/base", new StringContent("x", Encoding.UTF8, "text/plain"))).StatusCode);
    }
}
