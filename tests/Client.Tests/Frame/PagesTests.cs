using System.Net;
using System.Text.RegularExpressions;
using Weir.Shared;

namespace Weir.Client.Tests.Frame;

public sealed partial class PagesTests(PagesHost host) : IClassFixture<PagesHost>
{
    [Theory]
    [InlineData("/", "Nothing is red")]
    [InlineData("/waterfall", "data-b=\"107\"")]
    [InlineData("/waterfall?wall=1", "1 running")]
    [InlineData("/waterfall?builders=nothing", "No builder matches")]
    [InlineData("/waterfall?to=2020-01-01T00:00&z=2", "wf-now")]
    [InlineData("/waterfall?result=exception", "in this state now")]
    [InlineData("/waterfall?z=banana&to=yesterday&fold=%2C%2C&open=x", "data-b=\"107\"")]
    [InlineData("/waterfall/table", "/builders/linux/builds/7")]
    [InlineData("/builders", "/builders/linux")]
    [InlineData("/builders?q=nothing", "No builder matches")]
    [InlineData("/builders?q=is:red&sort=usual&after=99", "Builders by state")]
    [InlineData("/builders?sort=nonsense", "/builders/linux")]
    [InlineData("/builders/linux", "Revisions in which it changed")]
    [InlineData("/builders/linux?results=failure&before=1", "There are no older builds")]
    [InlineData("/builders/linux/builds/7/compare/8", "What differs")]
    [InlineData("/buildsets?scheduler=none&state=open", "No buildset matches")]
    [InlineData("/queue?builder=nobody", "Nothing waits for nobody now")]
    [InlineData("/workers/ash?before=1", "older builds")]
    [InlineData("/configuration/compare?from=3&to=3", "What differs")]
    [InlineData("/builders/linux/builds/7", "id=\"live-build-107\"")]
    [InlineData("/builders/linux/force/force", "Force: ")]
    [InlineData("/buildsets", "/buildsets/301")]
    [InlineData("/buildsets/301", "Requests and builds")]
    [InlineData("/logs/50", "id=\"L500\"")]
    [InlineData("/logs/50?line=700", "id=\"L501\"")]
    [InlineData("/logs/50?tail=true", "id=\"L1200\"")]
    [InlineData("/logs/50?line=999999", "There are no lines here")]
    [InlineData("/logs/50?line=-5&count=99999999", "id=\"L1\"")]
    [InlineData("/queue", "request 201")]
    [InlineData("/pauses", "Nothing is paused")]
    [InlineData("/pauses?new=1", "until somebody ends it")]
    [InlineData("/pauses?what=", "Name what to pause")]
    [InlineData("/pauses?what=bilder+linux", "is not understood")]
    [InlineData("/pauses?what=builder+nobody", "There is no builder nobody.")]
    [InlineData("/pauses?what=builder+linux&for=never", "One of these is expected")]
    [InlineData("/pauses?what=builder+linux&what=worker+ash&for=4h", "Pause these 2")]
    [InlineData("/workers", "/workers/ash")]
    [InlineData("/workers/ash", "Debian 12")]
    [InlineData("/masters", "m1.example.org")]
    [InlineData("/changes", "Fix the parser")]
    [InlineData("/changes/11", "src/parser.c")]
    [InlineData("/schedulers", "nightly")]
    [InlineData("/schedulers/nightly", "What it does")]
    [InlineData("/configuration", "In force")]
    [InlineData("/configuration/3", "What it changed")]
    [InlineData("/configuration/2", "/configuration/2/restore")]
    [InlineData("/configuration/2/restore", "Put it in force")]
    [InlineData("/configuration/2/restore", "Worker w9 is removed; 2 builds on it go on.")]
    [InlineData("/rest", "Idempotency-Key: release-1.2")]
    [InlineData("/sign-in", "Password")]
    public async Task A_page_is_whole_without_script(string address, string shows)
    {
        var answer = await host.Browser.GetAsync(new Uri(address, UriKind.Relative), TestContext.Current.CancellationToken);
        var html = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Contains(shows, html);
        Assert.Contains("<title>", html);
        Assert.Single(Heading().Matches(html));
        Assert.DoesNotMatch(Inline(), html);
        Assert.Empty(Ids().Matches(html).GroupBy(m => m.Groups[1].Value).Where(g => g.Count() > 1).Select(g => g.Key));
    }

    [Theory]
    [InlineData("/builders/nothing")]
    [InlineData("/builders/linux/builds/99")]
    [InlineData("/builders/linux/force/nothing")]
    [InlineData("/buildsets/99")]
    [InlineData("/logs/99")]
    [InlineData("/workers/nobody")]
    [InlineData("/changes/99")]
    [InlineData("/schedulers/nobody")]
    [InlineData("/configuration/99")]
    [InlineData("/configuration/99/restore")]
    [InlineData("/configuration/compare")]
    [InlineData("/configuration/compare?from=3&to=99")]
    [InlineData("/builders/linux/builds/7/compare/99")]
    [InlineData("/requests/99")]
    [InlineData("/no/such/page")]
    public async Task What_does_not_exist_is_said_with_404(string address)
    {
        var answer = await host.Browser.GetAsync(new Uri(address, UriKind.Relative), TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        Assert.Contains("There is no such page", await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task What_is_ordered_stands_on_every_page_until_it_is_done()
    {
        Assert.DoesNotContain("live-orders", await host.Browser.GetStringAsync(new Uri("/queue", UriKind.Relative), TestContext.Current.CancellationToken));
        host.Store.Orders.Add(new() { Id = 1, Kind = "worker.pause", Subject = "worker w1", AskedBy = "ann", Reason = "new <disk>", AskedAt = Samples.Now });
        host.Store.Orders.Add(new() { Id = 2, Kind = "request.cancel", Subject = "request 7", AskedBy = "bob", AskedAt = Samples.Now, DoneAt = Samples.Now, Outcome = "Conflict", Complaint = "The request has ended already." });
        try
        {
            foreach (var page in new[] { "/queue", "/", "/masters" })
            {
                var html = await host.Browser.GetStringAsync(new Uri(page, UriKind.Relative), TestContext.Current.CancellationToken);
                Assert.Contains("data-live=\"orders\"", html);
                Assert.Contains("pause worker w1, asked by ann", html);
                Assert.Contains("new &lt;disk&gt;", html);
                Assert.Contains("No engine has carried it out yet.", html);
                Assert.Contains("The request has ended already.", html);
            }
        }
        finally
        {
            host.Store.Orders.Clear();
        }
    }

    [Fact]
    public async Task A_request_leads_to_where_it_is_shown()
    {
        var answer = await host.Browser.GetAsync(new Uri("/requests/201", UriKind.Relative), TestContext.Current.CancellationToken);

        Assert.Equal("/buildsets/301", new Uri(host.Browser.BaseAddress!, answer.Headers.Location!).AbsolutePath);
    }

    [Fact]
    public async Task A_wrong_force_form_comes_back_as_it_was_filled_in_with_the_message_at_the_field()
    {
        host.Outcome = new ActionOutcome.Invalid([new("jobs", "A whole number was expected."), new("sourceStamps.lib.branch", "The branch has a space.")]);

        var (status, html, _) = await Post("/builders/linux/force/force", ("_handler", "force"), ("reason", "try <it>"), ("p.jobs", "zz"), ("p.note", "first\nsecond"), ("p.clean", "true"), ("s.lib.branch", "a b"));

        Assert.Equal(HttpStatusCode.UnprocessableEntity, status);
        Assert.Contains("value=\"zz\"", html);
        Assert.Contains("value=\"try &lt;it&gt;\"", html);
        Assert.Contains("value=\"a b\"", html);
        Assert.Contains("first&#xA;second", html);
        Assert.Contains("checked", html);
        Assert.Matches("data-wrong=\"\"[^>]*><label for=\"force-p.jobs\"", WebUtility.HtmlDecode(html).ReplaceLineEndings("").Replace("> ", ">", StringComparison.Ordinal));
        Assert.Contains("A whole number was expected.", html);
        Assert.Contains("The branch has a space.", html);
    }

    [Fact]
    public async Task A_right_force_form_leads_to_what_it_made()
    {
        host.Outcome = new ActionOutcome.Done();

        var (status, _, location) = await Post("/builders/linux/force/force", ("_handler", "force"), ("reason", ""), ("p.jobs", "4"), ("p.note", "n"), ("s.lib.branch", "main"));

        Assert.Equal(HttpStatusCode.Found, status);
        Assert.EndsWith("/buildsets/301", location);
        Assert.Equal(["linux"], host.Ordered!.Builders);
        Assert.Equal("4", host.Ordered.Properties["jobs"].GetString());
        Assert.False(host.Ordered.Properties["clean"].GetBoolean());
        Assert.Equal("main", host.Ordered.SourceStamps["lib"].Branch);
        Assert.Null(host.Ordered.Reason);
    }

    [Fact]
    public async Task A_restore_that_is_refused_says_what_is_wrong_and_keeps_the_reason()
    {
        host.Outcome = new ActionOutcome.Done();
        var (status, html, _) = await Post("/configuration/2/restore", ("_handler", "restore"), ("reason", "it was <better>"));

        Assert.Equal(HttpStatusCode.UnprocessableEntity, status);
        Assert.Contains("value=\"it was &lt;better&gt;\"", html);
        Assert.Contains("There is no key titel here.", html);

        host.Outcome = new ActionOutcome.Conflict("Another was faster.");
        Assert.Equal(HttpStatusCode.Conflict, (await Post("/configuration/2/restore", ("_handler", "restore"), ("reason", ""))).Status);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await Post("/configuration/2/restore", ("_handler", "restore"), ("reason", new string('a', 501)))).Status);
    }

    [Fact]
    public async Task A_wrong_password_is_said_and_the_name_is_kept_but_not_the_password()
    {
        var (status, html, _) = await Post("/sign-in?returnTo=/queue", ("_handler", "sign-in"), ("Input.Name", "ann"), ("Input.Password", "secret-wrong"));

        Assert.Equal(HttpStatusCode.UnprocessableEntity, status);
        Assert.Contains("Name or password is wrong.", html);
        Assert.Contains("value=\"ann\"", html);
        Assert.DoesNotContain("secret-wrong", html);
    }

    [Theory]
    [InlineData("/queue", "/queue")]
    [InlineData("//evil.example", "/")]
    [InlineData("https://evil.example", "/")]
    [InlineData("/\\evil.example", "/")]
    public async Task Signing_in_leads_back_and_never_to_another_site(string back, string lands)
    {
        var (_, _, location) = await Post($"/sign-in?returnTo={Uri.EscapeDataString(back)}", ("_handler", "sign-in"), ("Input.Name", "ann"), ("Input.Password", "right"));

        Assert.Equal(lands, new Uri(host.Browser.BaseAddress!, location).AbsolutePath);
        Assert.Equal(host.Browser.BaseAddress!.Host, new Uri(host.Browser.BaseAddress!, location).Host);
    }

    private async Task<(HttpStatusCode Status, string Html, string? Location)> Post(string address, params (string Name, string Value)[] fields)
    {
        var cancellation = TestContext.Current.CancellationToken;
        var page = await host.Browser.GetAsync(new Uri(address, UriKind.Relative), cancellation);
        var token = Token().Match(await page.Content.ReadAsStringAsync(cancellation)).Groups[1].Value;
        using var form = new FormUrlEncodedContent([.. fields.Select(f => KeyValuePair.Create(f.Name, f.Value)), KeyValuePair.Create("__RequestVerificationToken", token)]);
        var answer = await host.Browser.PostAsync(new Uri(address, UriKind.Relative), form, cancellation);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync(cancellation), answer.Headers.Location?.OriginalString);
    }

    [GeneratedRegex("<h1[ >]")]
    private static partial Regex Heading();

    // Script in the page, handlers in attributes: nothing that a strict policy would refuse.
    [GeneratedRegex("<script(?![^>]* src=)|\\son[a-z]+=|javascript:|<style")]
    private static partial Regex Inline();

    [GeneratedRegex(" id=\"([^\"]+)\"")]
    private static partial Regex Ids();

    [GeneratedRegex("name=\"__RequestVerificationToken\" value=\"([^\"]+)\"")]
    private static partial Regex Token();
}
