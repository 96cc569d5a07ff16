using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Weir.App.Server.Identity;

namespace Weir.Server.Tests.Identity;

public sealed class SignInTests(MasterFixture fixture) : IClassFixture<MasterFixture>
{
    private TestMaster Master => fixture.Master;

    [Fact]
    public async Task The_page_begins_a_session_that_scripts_cannot_read_and_other_sites_do_not_send()
    {
        using var browser = Master.Browser();

        var answer = await TestMaster.SignIn(browser);

        Assert.Equal(HttpStatusCode.SeeOther, answer.StatusCode);
        var cookie = Assert.Single(answer.Headers.GetValues("Set-Cookie"), c => c.StartsWith("weir-session=", StringComparison.Ordinal));
        Assert.Contains("httponly", cookie);
        Assert.Contains("samesite=lax", cookie);
        Assert.Equal("admin", (string?)(await (await browser.GetAsync("/api/v2/whoami")).Json())["name"]);
    }

    [Fact]
    public async Task A_wrong_password_comes_back_as_the_form_with_a_sentence_and_without_the_password()
    {
        using var browser = Master.Browser();

        var answer = await TestMaster.SignIn(browser, "viewer", "wr0ng-word");
        var page = await answer.Content.ReadAsStringAsync();

        Assert.Equal(HttpStatusCode.UnprocessableEntity, answer.StatusCode);
        Assert.Contains("Name or password is wrong", page);
        Assert.DoesNotContain("wr0ng-word", page);
    }

    [Fact]
    public async Task A_changed_password_ends_the_sessions_of_its_user_within_a_second()
    {
        await Master.AddUser("changing");
        using var browser = Master.Browser();
        await TestMaster.SignIn(browser, "changing");
        Assert.Equal("changing", (string?)(await (await browser.GetAsync("/api/v2/whoami")).Json())["name"]);

        await Master.AddUser("changing");
        await Task.Delay(1100);

        Assert.Equal("anonymous", (string?)(await (await browser.GetAsync("/api/v2/whoami")).Json())["name"]);
    }

    [Fact]
    public async Task Signing_out_ends_the_session()
    {
        using var browser = Master.Browser();
        await TestMaster.SignIn(browser, "viewer");

        var answer = await browser.PostForm("/sign-out", ("__RequestVerificationToken", await TestMaster.FormToken(browser)));

        Assert.Equal(HttpStatusCode.SeeOther, answer.StatusCode);
        Assert.Equal("anonymous", (string?)(await (await browser.GetAsync("/api/v2/whoami")).Json())["name"]);
    }

    [Theory]
    [InlineData("//evil.example")]
    [InlineData("https://evil.example")]
    [InlineData("/\\evil.example")]
    public async Task Signing_in_leads_to_no_other_site(string returnTo)
    {
        using var browser = Master.Browser();
        var page = "/sign-in?returnTo=" + Uri.EscapeDataString(returnTo);

        var answer = await browser.PostForm(page, ("_handler", "sign-in"), ("__RequestVerificationToken", await TestMaster.FormToken(browser, page)), ("Input.Name", "viewer"), ("Input.Password", TestMaster.Password));

        Assert.Equal(HttpStatusCode.SeeOther, answer.StatusCode);
        Assert.DoesNotContain("evil", answer.Headers.Location!.ToString());
    }

    [Fact]
    public async Task After_too_many_failures_even_the_right_password_is_refused_for_a_while()
    {
        await using var master = await TestMaster.Start();
        for (var i = 0; i < FailedAttempts.MostPerAccount; i++)
            Assert.Equal(HttpStatusCode.Unauthorized, (await master.As("admin", "guess" + i).GetAsync("/api/v2/whoami")).StatusCode);

        var answer = await master.Admin().GetAsync("/api/v2/whoami");

        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
        Assert.NotNull(answer.Headers.RetryAfter);
        Assert.Contains("Too many", (string?)(await answer.Json())["detail"]);
    }

    [Theory]
    [InlineData("weir-session=x")]
    [InlineData("weir-session=CfDJ8AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA; weir-session=b; weir-forms=zz")]
    public async Task A_cookie_that_is_none_of_ours_means_nobody(string cookie)
    {
        using var client = Master.Anonymous();
        client.DefaultRequestHeaders.Add("Cookie", cookie);

        var answer = await client.GetAsync("/api/v2/whoami");

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal("anonymous", (string?)(await answer.Json())["name"]);
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("/")).StatusCode);
    }

    [Fact]
    public async Task Several_masters_on_a_new_store_make_one_admin_and_accept_each_others_sessions()
    {
        await using var first = await TestMaster.Start();
        await using var second = await TestMaster.Start(first.Store);
        Assert.Equal(1, await first.Store.Scalar<long>("SELECT count(*) FROM users"));
        using var browser = first.Browser();
        var answer = await TestMaster.SignIn(browser);
        using var other = second.Anonymous();
        other.DefaultRequestHeaders.Add("Cookie", answer.Headers.GetValues("Set-Cookie").Single(c => c.StartsWith("weir-session=", StringComparison.Ordinal)).Split(';')[0]);

        Assert.Equal("admin", (string?)(await (await other.GetAsync("/api/v2/whoami")).Json())["name"]);
    }

    [Fact]
    public void Unknown_users_cost_the_work_of_known_ones()
    {
        var passwords = Master.Services.GetRequiredService<Passwords>();
        var known = new Shared.Identity.UserRecord { Name = "x", PasswordHash = passwords.Hash("x", "right"), SecurityStamp = "", Rights = [] };
        passwords.Verify(known, "warm up");
        passwords.Verify(null, "warm up");

        var (wrong, unknown) = (Fastest(() => passwords.Verify(known, "wrong")), Fastest(() => passwords.Verify(null, "wrong")));

        Assert.InRange(unknown / wrong, 0.5, 2);

        static double Fastest(Action work) => Enumerable.Range(0, 5).Min(_ =>
        {
            var clock = System.Diagnostics.Stopwatch.StartNew();
            work();
            return clock.Elapsed.TotalMilliseconds;
        });
    }
}
