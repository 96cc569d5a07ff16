using System.Net;
using System.Text;
using System.Text.Json.Nodes;

namespace Weir.Server.Tests.Forms;

/// <summary>What no form of ours sends: each gets a clear refusal, nothing is changed by it, and nothing ends in a fault.</summary>
public sealed class HostileInputTests(MasterFixture fixture) : IClassFixture<MasterFixture>, IAsyncLifetime
{
    private const string Text = "weir: 1\nworkers: { w1: {} }\nbuilders: { lib: { steps: [ { run: make } ] } }\n";
    private const string New = "/configuration/text?new=1";
    private const string Check = "/configuration/text/check";

    private HttpClient browser = null!;

    private TestMaster Master => fixture.Master;

    public async ValueTask InitializeAsync()
    {
        Assert.True((await Master.Admin().PostJson("/api/v2/config/apply", new JsonObject { ["parts"] = new JsonArray(new JsonObject { ["name"] = "ci.yaml", ["text"] = Text }) }.ToJsonString())).IsSuccessStatusCode);
        browser = Master.Browser();
        await TestMaster.SignIn(browser);
    }

    public ValueTask DisposeAsync()
    {
        browser.Dispose();
        return ValueTask.CompletedTask;
    }

    // Field and value, status, and what the answer says.
    [Theory]
    [InlineData(":when", "never", 422, "One of the offered words is expected.")]
    [InlineData(":deadline", "garbage", 422, "One of these is expected: 1h")]
    [InlineData(":after", "explode", 422, "One of the offered words is expected.")]
    [InlineData(":waiting", "burn", 422, "One of the offered words is expected.")]
    [InlineData(":idle", "nobody <b>", 422, "There is no builder \"nobody\" for which it could wait.")]
    [InlineData(":idle", "*many*", 422, "At most 1000 names are expected")]
    [InlineData("name", "", 422, "A name of at most 250 characters")]
    [InlineData("name", "*long*", 422, "A name of at most 250 characters")]
    [InlineData("name", "a\nb", 422, "A name of at most 250 characters")]
    [InlineData("name", "a\0b", 400, "a character that cannot be stored")]
    [InlineData("name", "ci.yaml", 422, "There is ci.yaml already.")]
    [InlineData("text", "weir: 1\n# \0\n", 400, "a character that cannot be stored")]
    [InlineData("text", "weir: [[[[", 422, "data-line=")]
    [InlineData("text", "", 422, "The text is empty")]
    [InlineData("do", "explode", 422, "\"1\" was expected, not \"2\"")]
    [InlineData("_handler", "explode", 400, "")]
    [InlineData("_handler", null, 400, "It does not say which form of the page it is.")]
    [InlineData("__RequestVerificationToken", "forged", 400, "This form is no longer valid")]
    public async Task A_text_that_is_sent_wrongly_is_refused_with_words_and_what_was_typed_stays(string field, string? value, int status, string words)
    {
        var before = await Revisions();
        var fields = new Dictionary<string, string> { ["_handler"] = "text", ["name"] = "new.yaml", ["text"] = "weir: 2\n# typed at night\n", ["do"] = "save", [":when"] = field == ":when" ? "" : "idle", ["__RequestVerificationToken"] = await TestMaster.FormToken(browser, New) };
        if (field is ":idle")
            fields["text"] = "weir: 1\nlocks: { l: {} }\n# typed at night\n";
        fields.Remove(field);
        if (value is not null)
            fields[field] = value switch { "*long*" => new('n', 20_000), "*many*" => string.Join(' ', Enumerable.Range(0, 1001)), _ => value };

        var answer = await browser.PostForm(New, [.. fields.Select(f => (f.Key, f.Value))]);
        var page = WebUtility.HtmlDecode(await answer.Content.ReadAsStringAsync());

        Assert.Equal(status, (int)answer.StatusCode);
        Assert.Contains(words, page, StringComparison.Ordinal);
        if (status == 422 && field is not "text")
            Assert.Contains("# typed at night", page, StringComparison.Ordinal);
        Assert.Equal(before, await Revisions());
    }

    [Theory]
    [InlineData("application/json", "{}", "This form is no longer valid")]
    [InlineData("application/x-www-form-urlencoded", "\u0001\u0002%%%=&&&", "This form is no longer valid")]
    [InlineData("multipart/form-data; boundary=x", "no boundary", "This form cannot be read")]
    public async Task A_body_that_is_no_form_is_refused_by_the_page_and_by_the_check(string type, string body, string words)
    {
        foreach (var address in new[] { New, Check })
        {
            using var content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
            content.Headers.TryAddWithoutValidation("Content-Type", type);
            var answer = await browser.PostAsync(address, content);
            Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
            if (address == New)
                Assert.Contains(words, await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task The_check_of_bytes_that_are_no_text_is_refused_and_that_of_a_wild_text_is_answered()
    {
        var token = await TestMaster.FormToken(browser, New);
        async Task<HttpResponseMessage> Send(string text) => await browser.PostAsync(Check, new StringContent($"name=n.yaml&text={text}&__RequestVerificationToken={Uri.EscapeDataString(token)}", Encoding.ASCII, "application/x-www-form-urlencoded"));

        Assert.Equal(HttpStatusCode.BadRequest, (await Send("weir%00%C3%28%FF")).StatusCode);
        foreach (var (text, words) in new[]
        {
            ("weir%3A+1%0A%23+%C3%28%FF", null), (Uri.EscapeDataString("weir: " + new string('[', 30_000)), "Nested deeper"), (Uri.EscapeDataString("weir: 1\nbuilders: *a\n"), "a"), ("%F0%9F%98%80", "weir"),
            (new string('x', 9 * 1024 * 1024), "at most 8 MiB"),
        })
        {
            var answer = await Send(text);
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            if (words is not null)
                Assert.Contains(words, await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_large_text_is_edited_in_its_form_and_one_that_is_too_large_comes_back_with_it()
    {
        var token = await TestMaster.FormToken(browser, New);
        Task<HttpResponseMessage> Send(string name, string text) => browser.PostForm(New, ("_handler", "text"), ("name", name), ("text", text), ("do", "save"), ("__RequestVerificationToken", token));

        // As many lines as thousands of things have: more than three bytes of the form for each.
        var large = "weir: 1\nlocks:\n" + string.Concat(Enumerable.Range(0, 9000).Select(i => $"  lock-{i}:\n    capacity: 2\n"));
        var saved = await Send("large.yaml", large + new string('\n', 700_000));
        Assert.Equal(HttpStatusCode.SeeOther, saved.StatusCode);

        var refused = await Send("larger.yaml", "weir: 1\n#" + new string('x', 9 * 1024 * 1024));
        var page = await refused.Content.ReadAsStringAsync();
        Assert.Equal(HttpStatusCode.UnprocessableEntity, refused.StatusCode);
        Assert.Contains("A part may have at most 8 MiB.", page, StringComparison.Ordinal);
        Assert.True(page.Length > 9 * 1024 * 1024);

        // What no text can be is not read at all.
        var before = await Revisions();
        var far = await Send("far.yaml", new string('x', 30 * 1024 * 1024));
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, far.StatusCode);
        Assert.Contains("holds more than is accepted here", await far.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal(before, await Revisions());
    }

    [Theory]
    [InlineData("/configuration?before=abc", "before=abc, where a whole number was expected")]
    [InlineData("/configuration?before=99999999999999999999", "a whole number")]
    [InlineData("/configuration/compare?from=a&to=1", "from=a")]
    [InlineData("/configuration/compare?from=&to=1", "from=")]
    [InlineData("/configuration/text?new=1&line=2147483648", "line=2147483648")]
    [InlineData("/queue?after=%00", "after=")]
    [InlineData("/buildsets?before=1e3", "before=1e3")]
    [InlineData("/changes?before=abc", "before=abc")]
    [InlineData("/changes/hooks?before=abc", "before=abc")]
    [InlineData("/builders?after=abc", "after=abc")]
    [InlineData("/workers?after=abc", "after=abc")]
    [InlineData("/builders/lib?before=abc", "before=abc")]
    [InlineData("/workers/w1?before=abc", "before=abc")]
    [InlineData("/logs/1?line=abc", "line=abc")]
    [InlineData("/logs/1?tail=perhaps", "tail=perhaps, where true or false was expected")]
    public async Task A_query_of_a_page_that_is_not_of_its_kind_is_told(string address, string words)
    {
        var answer = await browser.GetAsync(address);

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Contains(words, WebUtility.HtmlDecode(await answer.Content.ReadAsStringAsync()), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/graph?focus=%00")]
    [InlineData("/graph?focus=*long*")]
    [InlineData("/graph?focus=%ED%A0%80")]
    [InlineData("/graph?focus=builder/..&focus=x")]
    [InlineData("/graph?project=%00")]
    [InlineData("/graph?q=*long*")]
    [InlineData("/builders?q=%00")]
    [InlineData("/configuration?before=")]
    [InlineData("/configuration?before=-1")]
    [InlineData("/configuration/text?name=ci.yaml&line=-5")]
    [InlineData("/configuration/new/builders?like=%00")]
    [InlineData("/configuration/new/schedulers?type=explode")]
    [InlineData("/secrets?x=%00")]
    public async Task A_query_that_finds_nothing_shows_a_page_that_says_so(string address) =>
        Assert.Equal(HttpStatusCode.OK, (await browser.GetAsync(address.Replace("*long*", new string('a', 5000), StringComparison.Ordinal))).StatusCode);

    // The body (without braces), the status, and what the answer says.
    [Theory]
    [InlineData("\"when_idle\":\"soon\"", 400, "when_idle: true (everything must be idle), or a list of names of builders is expected.")]
    [InlineData("\"when_idle\":1", 400, "when_idle: true")]
    [InlineData("\"when_idle\":[]", 400, "when_idle: true")]
    [InlineData("\"when_idle\":[1]", 400, "when_idle: true")]
    [InlineData("\"when_idle\":{\"a\":1}", 400, "when_idle: true")]
    [InlineData("\"when_idle\":[\"\\u0000\"]", 422, "when_idle: There is no builder")]
    [InlineData("\"when_idle\":[\"lob\"]", 422, "when_idle: There is no builder \"lob\" for which it could wait. Did you mean \"lib\"?")]
    [InlineData("\"when_idle\":true,\"deadline\":\"yesterday\"", 400, "deadline: A time is expected")]
    [InlineData("\"when_idle\":true,\"deadline\":1.5", 400, "deadline: A time is expected")]
    [InlineData("\"when_idle\":true,\"deadline\":1000000000000000000000000000000", 400, "deadline: A time is expected")]
    [InlineData("\"when_idle\":true,\"deadline\":1", 400, "deadline: It is over already.")]
    [InlineData("\"deadline\":99999999999", 400, "deadline: It means something only together with when_idle.")]
    [InlineData("\"when_idle\":true,\"now\":true", 400, "now: It cannot both come now and wait")]
    [InlineData("\"now\":\"yes\"", 400, "now: true or false is expected.")]
    [InlineData("\"when_idle\":true,\"at_deadline\":\"explode\"", 400, "at_deadline: \"enforce\"")]
    [InlineData("\"waiting\":\"burn\"", 400, "waiting: What becomes of requests")]
    [InlineData("\"reason\":7", 400, "reason: A text is expected.")]
    [InlineData("\"reason\":\"a\\u0000\"", 400, "U+0000")]
    [InlineData("\"txt\":1", 400, "txt: Not known here.")]
    public async Task A_text_over_REST_with_wrong_terms_is_refused_with_their_name(string member, int status, string words)
    {
        var before = await Revisions();

        var answer = await Put("new.yaml", $"{{\"text\":\"weir: 1\\nlocks: {{ l: {{}} }}\\n\",{member}}}", "If-None-Match", "*");

        Assert.Equal(status, (int)answer.StatusCode);
        Assert.StartsWith(words.Contains("U+", StringComparison.Ordinal) ? "" : words, (string)(await answer.Json())["detail"]!, StringComparison.Ordinal);
        Assert.Contains(words, (string)(await answer.Json())["detail"]!, StringComparison.Ordinal);
        Assert.Equal(before, await Revisions());
    }

    [Theory]
    [InlineData("If-Match", "\"another\"", 412)]
    [InlineData("If-Match", "another", 412)]
    [InlineData("If-Match", "W/\"another\"", 412)]
    [InlineData("If-Match", "\"a\", \"b\"", 412)]
    [InlineData("If-None-Match", "*", 412)]
    [InlineData("If-None-Match", "\"another\"", 428)]
    [InlineData("X-Nothing", "", 428)]
    public async Task What_was_not_seen_is_not_written_over(string header, string value, int status)
    {
        var answer = await Put("ci.yaml", "{\"text\":\"weir: 1\\n\"}", header, value);

        Assert.Equal(status, (int)answer.StatusCode);
        Assert.Equal(Text, (string)(await (await Master.Admin().GetAsync("/api/v2/config/texts/ci.yaml")).Json())["texts"]![0]!["text"]!);
    }

    [Theory]
    [InlineData("", 400)]
    [InlineData("%0a", 422)]
    [InlineData("*long*", 422)]
    [InlineData("%2e%2e", 405)] // Addresses are resolved before anything else: this is /api/v2/config.
    public async Task A_text_has_a_name_that_can_be_one(string name, int status)
    {
        var answer = await Put(name.Replace("*long*", new string('n', 3000), StringComparison.Ordinal), "{\"text\":\"weir: 1\\n\"}", "If-None-Match", "*");

        Assert.Equal(status, (int)answer.StatusCode);
        Assert.InRange(((string)(await answer.Json())["detail"]!).Length, 10, 300);
    }

    [Fact]
    public async Task Over_REST_a_text_may_be_long_has_slashes_in_its_name_and_goes_when_it_is_empty()
    {
        var large = "weir: 1\nlocks:\n" + string.Concat(Enumerable.Range(0, 9000).Select(i => $"  long-{i}: {{ capacity: 2 }}\n"));
        Assert.Equal(HttpStatusCode.Created, (await Put("team%2Flong.yaml", new JsonObject { ["text"] = large }.ToJsonString(), "If-None-Match", "*")).StatusCode);
        Assert.Equal(large, (string)(await (await Master.Admin().GetAsync("/api/v2/config/texts/team/long.yaml")).Json())["texts"]![0]!["text"]!);

        Assert.Equal(HttpStatusCode.OK, (await Put("team/long.yaml", "{\"text\":\"\"}", "If-Match", "*")).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await Master.Admin().GetAsync("/api/v2/config/texts/team/long.yaml")).StatusCode);
        var gone = await Put("team/long.yaml", "{\"text\":\"\"}", "If-Match", "*");
        Assert.Equal((422, "team/long.yaml:0:0: The text is empty, and there is no team/long.yaml that could be removed."), ((int)gone.StatusCode, (string)(await gone.Json())["detail"]!));
    }

    private async Task<long> Revisions() => await Master.Store.Scalar<long>("SELECT count(*) FROM config_revisions WHERE model IS NOT NULL");

    private async Task<HttpResponseMessage> Put(string name, string body, string header, string value)
    {
        using var request = new HttpRequestMessage(HttpMethod.Put, new Uri($"{Master.Url}/api/v2/config/texts/{name}", new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true })) { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        request.Headers.TryAddWithoutValidation(header, value);
        return await Master.Admin().SendAsync(request);
    }
}
