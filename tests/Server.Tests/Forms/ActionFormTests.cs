using System.Net;

namespace Weir.Server.Tests.Forms;

public sealed class ActionFormTests(MasterFixture fixture) : IClassFixture<MasterFixture>
{
    private TestMaster Master => fixture.Master;

    [Fact]
    public async Task A_form_without_its_token_changes_nothing_and_says_what_to_do()
    {
        await Master.Admin().PostJson("/api/v2/workers", """{"name":"kept"}""");
        using var browser = Master.Browser();
        await TestMaster.SignIn(browser);

        var answer = await browser.PostForm("/workers/kept/pause");

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Contains("reload the page", await answer.Content.ReadAsStringAsync());
        Assert.Equal(0, await Master.Store.Scalar<long>("SELECT count(*) FROM workers WHERE paused_at IS NOT NULL AND name = 'kept'"));
    }

    [Fact]
    public async Task A_form_from_one_master_is_accepted_by_another_and_audited_with_who_and_why()
    {
        await using var second = await TestMaster.Start(Master.Store);
        await Master.Admin().PostJson("/api/v2/workers", """{"name":"shared"}""");
        var cookies = new CookieContainer();
        using var browser = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false, CookieContainer = cookies }) { BaseAddress = new Uri(Master.Url) };
        await TestMaster.SignIn(browser);
        var token = await TestMaster.FormToken(browser);

        // Cookies belong to a host, not to a port: the browser sends them to the second master as well.
        using var elsewhere = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false, CookieContainer = cookies }) { BaseAddress = new Uri(second.Url) };
        elsewhere.DefaultRequestHeaders.Referrer = new Uri(second.Url + "/workers?x=1");
        var answer = await elsewhere.PostForm("/workers/shared/pause", ("__RequestVerificationToken", token), ("reason", "disk is full"));

        Assert.Equal(HttpStatusCode.SeeOther, answer.StatusCode);
        Assert.Equal("/workers?x=1", answer.Headers.Location!.OriginalString);
        Assert.Equal("admin: disk is full", await Master.Store.Scalar<string>("SELECT actor || ': ' || reason FROM audit WHERE action LIKE 'worker%pause' AND subject LIKE '%shared%'"));
    }

    [Fact]
    public async Task Several_things_are_paused_at_once_after_it_was_shown_what_that_does_and_each_goes_on_by_its_button()
    {
        await Master.Admin().PostJson("/api/v2/workers", """{"name":"oak"}""");
        await Master.Admin().PostJson("/api/v2/workers", """{"name":"elm"}""");
        using var browser = Master.Browser();
        await TestMaster.SignIn(browser);
        var token = await TestMaster.FormToken(browser);

        var shown = WebUtility.HtmlDecode(await browser.GetStringAsync("/pauses?what=worker+oak&what=worker+elm&reason=new+%3Cdisk%3E&for=4h"));
        Assert.Contains("What it would do now", shown);
        Assert.Contains("Pause these 2", shown);
        var posted = await browser.PostForm("/pauses/begin", ("__RequestVerificationToken", token), ("what", "worker oak"), ("what", "worker elm"), ("reason", "new <disk>"), ("for", "4h"));

        Assert.Equal((HttpStatusCode.SeeOther, "/pauses"), (posted.StatusCode, posted.Headers.Location!.OriginalString));
        Assert.Equal(2, await Master.Store.Scalar<long>("SELECT count(*) FROM workers WHERE name IN ('oak', 'elm') AND pause_reason = 'new <disk>' AND paused_until - paused_at BETWEEN interval '239 minutes' AND interval '241 minutes'"));
        var page = await browser.GetStringAsync("/pauses");
        Assert.Contains("new &lt;disk&gt;", page);
        var pause = await Master.Store.Scalar<long>("SELECT id FROM pauses WHERE subject = 'oak' AND ended_at IS NULL");
        Assert.Equal(HttpStatusCode.SeeOther, (await browser.PostForm($"/pauses/{pause}/resume", ("__RequestVerificationToken", token))).StatusCode);
        Assert.Equal(1, await Master.Store.Scalar<long>("SELECT count(*) FROM workers WHERE name IN ('oak', 'elm') AND paused_at IS NOT NULL"));

        // Wrong ones change nothing, and say what is wrong.
        var wrong = await browser.PostForm("/pauses/begin", ("__RequestVerificationToken", token), ("what", "worker oak"), ("what", "worker nobody"));
        Assert.Equal(HttpStatusCode.NotFound, wrong.StatusCode);
        Assert.Contains("There is no worker nobody.", await wrong.Content.ReadAsStringAsync());
        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await browser.PostForm("/pauses/begin", ("__RequestVerificationToken", token), ("what", "oak"))).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await browser.PostForm("/pauses/999999/resume", ("__RequestVerificationToken", token))).StatusCode);
        Assert.Equal(1, await Master.Store.Scalar<long>("SELECT count(*) FROM workers WHERE name IN ('oak', 'elm') AND paused_at IS NOT NULL"));
    }

    [Fact]
    public async Task A_button_leads_back_to_no_other_site()
    {
        await Master.Admin().PostJson("/api/v2/workers", """{"name":"referred"}""");
        using var browser = Master.Browser();
        await TestMaster.SignIn(browser);
        var token = await TestMaster.FormToken(browser);
        browser.DefaultRequestHeaders.Referrer = new Uri("https://evil.example/workers");

        var answer = await browser.PostForm("/workers/referred/pause", ("__RequestVerificationToken", token));

        Assert.Equal("/workers/referred", answer.Headers.Location!.OriginalString);
    }

    [Fact]
    public async Task What_is_not_there_or_not_allowed_is_told_on_a_page()
    {
        using var admin = Master.Browser();
        await TestMaster.SignIn(admin);
        var missing = await admin.PostForm("/builds/4711/stop", ("__RequestVerificationToken", await TestMaster.FormToken(admin)));
        Assert.Equal(HttpStatusCode.NotFound, missing.StatusCode);
        Assert.Contains("build 4711", await missing.Content.ReadAsStringAsync());

        using var viewer = Master.Browser();
        await TestMaster.SignIn(viewer, "viewer");
        var refused = await viewer.PostForm("/builds/4711/stop", ("__RequestVerificationToken", await TestMaster.FormToken(viewer)));
        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
        Assert.Equal("text/html", refused.Content.Headers.ContentType!.MediaType);
    }

    [Fact]
    public async Task Who_presses_a_button_without_having_signed_in_is_led_to_the_page_for_it()
    {
        var answer = await Master.Browser().PostForm("/builds/1/stop");

        Assert.Equal(HttpStatusCode.SeeOther, answer.StatusCode);
        Assert.StartsWith("/sign-in", answer.Headers.Location!.OriginalString, StringComparison.Ordinal);
    }
}
