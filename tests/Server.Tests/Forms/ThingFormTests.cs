using System.Net;
using System.Text.Json.Nodes;

namespace Weir.Server.Tests.Forms;

/// <summary>Builders, workers and schedulers made and changed in forms, as a browser without script does it.</summary>
public sealed class ThingFormTests(MasterFixture fixture) : IClassFixture<MasterFixture>, IAsyncLifetime
{
    private const string Config = """
        weir: 1
        secrets: [ { from: env } ]
        # What the team wrote stays as it is.
        workers:
          w1: { maxBuilds: 2 }   # in the attic
        builders:
          lib:
            env: { CFLAGS: -O2 }
            steps:
              # first
              - run: make
              - name: check
                run: make check
                timeout: 20m
        """;

    private HttpClient browser = null!;

    private TestMaster Master => fixture.Master;

    public async ValueTask InitializeAsync()
    {
        Assert.True((await Master.Admin().PostJson("/api/v2/config/apply", new JsonObject { ["parts"] = new JsonArray(new JsonObject { ["name"] = "weir.yaml", ["text"] = Config }) }.ToJsonString())).IsSuccessStatusCode);
        browser = Master.Browser();
        await TestMaster.SignIn(browser);
    }

    public ValueTask DisposeAsync()
    {
        browser.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task A_builder_is_changed_and_only_its_own_lines_change()
    {
        var form = await PageForm.Open(browser, "/configuration/things/builders/lib");
        Assert.Equal(("make check", "20m", "-O2", "CFLAGS"), (form["steps[1].run"], form["steps[1].timeout"], form["env[0]"], form["env[0].:name"]));
        form["steps[1].timeout"] = "30m";
        form[":reason"] = "slow today";

        var preview = await form.Press(browser, "preview");
        Assert.Equal("30m", preview["steps[1].timeout"]);
        Assert.Contains("20m", preview.Text("section[aria-labelledby=thing-preview]"), StringComparison.Ordinal);
        Assert.DoesNotContain("30m", await InForce(), StringComparison.Ordinal);

        var saved = await preview.Post(browser, "save");
        Assert.Equal(HttpStatusCode.SeeOther, saved.StatusCode);
        var text = await InForce();
        Assert.Contains("timeout: 30m", text, StringComparison.Ordinal);
        Assert.Contains("# What the team wrote stays as it is.", text, StringComparison.Ordinal);
        Assert.Contains("w1: { maxBuilds: 2 }   # in the attic", text, StringComparison.Ordinal);
        Assert.Equal("admin: slow today", await Master.Store.Scalar<string>("SELECT author || ': ' || reason FROM config_revisions JOIN config_in_force ON revision_id = id"));
        Assert.Contains("20m", await browser.GetStringAsync(saved.Headers.Location), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_worker_gets_another_name_and_stays_the_same()
    {
        var id = await Master.Store.Scalar<long>("SELECT id FROM workers WHERE name = 'w1'");
        var form = await PageForm.Open(browser, "/configuration/things/workers/w1");
        form[":name"] = "w9";

        var preview = await form.Press(browser, "preview");
        Assert.Contains("w9", preview.Text("section[aria-labelledby=thing-preview]"), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.SeeOther, (await preview.Post(browser, "save")).StatusCode);

        Assert.Matches("w9:[^#]*was: w1", await InForce());
        Assert.Equal(id, await Master.Store.Scalar<long>("SELECT id FROM workers WHERE name = 'w9' AND configured AND retired_at IS NULL"));
        // Back again, for the other tests; the former name is said by itself.
        form = await PageForm.Open(browser, "/configuration/things/workers/w9");
        Assert.Equal("w1", form["was"]);
        form[":name"] = "w1";
        Assert.Equal(HttpStatusCode.SeeOther, (await form.Post(browser, "save")).StatusCode);
        Assert.Equal(id, await Master.Store.Scalar<long>("SELECT id FROM workers WHERE name = 'w1'"));
    }

    [Fact]
    public async Task Steps_are_added_moved_copied_and_taken_away_without_script_and_what_was_typed_stays()
    {
        var form = await PageForm.Open(browser, "/configuration/things/builders/lib");
        form["description"] = "half typed";
        form = await form.Press(browser, "add steps set");
        form = await form.Press(browser, "add steps run");
        Assert.Equal("half typed", form["description"]);
        form["steps[3].run"] = "make install";
        form = await form.Press(browser, "up steps[3]");
        Assert.Equal("make install", form["steps[2].run"]);
        form = await form.Press(browser, "remove steps[3]");
        form = await form.Press(browser, "copy steps[2]");
        Assert.Equal("make install", form["steps[3].run"]);
        form = await form.Press(browser, "add properties");
        form["properties[0].:name"] = "prefix";
        form["properties[0].default"] = "/usr";

        Assert.Equal(HttpStatusCode.SeeOther, (await form.Post(browser, "save")).StatusCode);

        form = await PageForm.Open(browser, "/configuration/things/builders/lib");
        Assert.Equal(["make", "make check", "make install", "make install"], Enumerable.Range(0, 4).Select(i => form[$"steps[{i}].run"]));
        Assert.False(form.Has("steps[4].run"));
        Assert.Equal(("prefix", "/usr"), (form["properties[0].:name"], form["properties[0].default"]));
    }

    [Fact]
    public async Task What_is_wrong_stands_at_its_field_and_nothing_is_changed()
    {
        var before = await InForce();
        var form = await PageForm.Open(browser, "/configuration/things/builders/lib");
        form["steps[1].timeout"] = "soon";
        form["priority"] = "high";
        form["project"] = "nobody";
        form = await form.Press(browser, "save");
        Assert.Equal(HttpStatusCode.UnprocessableEntity, form.Status);
        Assert.Contains("A duration", form.ProblemAt("steps[1].timeout"), StringComparison.Ordinal);
        Assert.Contains("whole number", form.ProblemAt("priority"), StringComparison.Ordinal);
        Assert.Equal(("soon", "high", "nobody", "make check"), (form["steps[1].timeout"], form["priority"], form["project"], form["steps[1].run"]));
        Assert.Equal(before, await InForce());

        form["steps[1].timeout"] = "5m";
        form["priority"] = "7";
        form = await form.Press(browser, "save");
        Assert.Contains("nobody", form.ProblemAt("project"), StringComparison.Ordinal);
        Assert.Equal(before, await InForce());
    }

    [Fact]
    public async Task Two_admins_at_once_see_both_sides_and_nothing_is_lost()
    {
        var mine = await PageForm.Open(browser, "/configuration/things/builders/lib");
        var theirs = await PageForm.Open(browser, "/configuration/things/builders/lib");
        theirs["description"] = "theirs";
        Assert.Equal(HttpStatusCode.SeeOther, (await theirs.Post(browser, "save")).StatusCode);

        mine["description"] = "mine";
        mine = await mine.Press(browser, "save");
        Assert.Equal(HttpStatusCode.Conflict, mine.Status);
        Assert.Contains("descriptiontheirsmine", mine.Text(".note table tbody"), StringComparison.Ordinal);
        Assert.Equal("mine", mine["description"]);
        Assert.DoesNotContain("mine", await InForce(), StringComparison.Ordinal);

        Assert.Equal(HttpStatusCode.SeeOther, (await mine.Post(browser, "save")).StatusCode);
        Assert.Contains("mine", await InForce(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Windows_of_a_worker_are_shown_for_the_days_to_come_before_they_are_saved()
    {
        var form = await PageForm.Open(browser, "/configuration/things/workers/w1");
        Assert.NotNull(((AngleSharp.Html.Dom.IHtmlTemplateElement)form.Page.QuerySelector("weir-week + template")!).Content.QuerySelector(".item textarea[name='availability.windows[-1].days']"));
        form = await form.Press(browser, "add availability.windows");
        form["availability.windows[0].days"] = "mon-sun";
        form["availability.windows[0].from"] = "19:00";
        form["availability.windows[0].to"] = "07:00";
        form["availability.timeZone"] = "Europe/Budapest";

        form = await form.Press(browser, "preview");

        var days = form.Page.QuerySelectorAll("section[aria-labelledby=thing-preview] table.days tbody tr");
        Assert.Equal(14, days.Length);
        Assert.All(days, d => Assert.EndsWith("00:00–07:00, 19:00–24:00", d.TextContent.Trim(), StringComparison.Ordinal));
        Assert.Contains("by clocks of Europe/Budapest", form.Text("section[aria-labelledby=thing-preview]"), StringComparison.Ordinal);
        Assert.DoesNotContain("Budapest", await InForce(), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.SeeOther, (await form.Post(browser, "save")).StatusCode);
        Assert.Contains("Budapest", await InForce(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_list_of_one_that_is_written_as_that_one_stays_so()
    {
        var text = Config.Replace("{ maxBuilds: 2 }", "{ availability: { windows: [ { days: mon-fri, from: '19:00', to: '07:00' }, { days: [sat-sun] } ] } }", StringComparison.Ordinal);
        Assert.True((await Master.Admin().PostJson("/api/v2/config/apply", new JsonObject { ["parts"] = new JsonArray(new JsonObject { ["name"] = "weir.yaml", ["text"] = text }) }.ToJsonString())).IsSuccessStatusCode);
        var form = await PageForm.Open(browser, "/configuration/things/workers/w1");
        Assert.Equal(("mon-fri", "sat-sun"), (form["availability.windows[0].days"], form["availability.windows[1].days"]));
        var before = await Revisions();

        Assert.Equal(HttpStatusCode.SeeOther, (await form.Post(browser, "save")).StatusCode);
        Assert.Equal(before, await Revisions());

        form["maxBuilds"] = "2";
        Assert.Equal(HttpStatusCode.SeeOther, (await form.Post(browser, "save")).StatusCode);
        var (first, second) = await Days();
        Assert.Equal(("mon-fri", """["sat-sun"]"""), (first!.ToString(), second!.ToJsonString()));

        async Task<(JsonNode?, JsonNode?)> Days() =>
            (await (await Master.Anonymous().GetAsync("/api/v2/config/things/workers/w1")).Json())["things"]![0]!["value"]!["availability"]!["windows"]!.AsArray() is var windows ? (windows[0]!["days"], windows[1]!["days"]) : default;
    }

    [Fact]
    public async Task Posted_twice_it_is_one_revision()
    {
        var form = await PageForm.Open(browser, "/configuration/things/workers/w1");
        form["maxBuilds"] = "5";
        await form.Post(browser, "save");
        var made = await Revisions();
        Assert.Equal(HttpStatusCode.SeeOther, (await form.Post(browser, "save")).StatusCode);
        Assert.Equal(made, await Revisions());
    }

    [Theory]
    [InlineData("schedulers", "nightly")]
    [InlineData("schedulers", "force")]
    [InlineData("workers", "")]
    [InlineData("locks", "")]
    [InlineData("projects", "")]
    [InlineData("codebases", "")]
    [InlineData("changeSources", "webhook")]
    public async Task One_of_each_section_is_made_copied_and_retired(string section, string type)
    {
        var name = $"new-{section.ToLowerInvariant()}-{type}".TrimEnd('-');
        var form = await PageForm.Open(browser, $"/configuration/new/{section}?type={type}");
        form[":name"] = name;
        foreach (var (field, value) in new[] { ("cron", "30 2 * * *"), ("builders", "lib"), ("repository", "https://example.org/x.git"), ("dialect", "github"), ("secret", "HOOK") }.Where(f => form.Has(f.Item1)))
            form[field] = value;
        var saved = await form.Post(browser, "save");
        Assert.True(saved.StatusCode == HttpStatusCode.SeeOther, await saved.Content.ReadAsStringAsync());

        form = await PageForm.Open(browser, $"/configuration/new/{section}?like={name}");
        form[":name"] = name + "-2";
        Assert.Equal(HttpStatusCode.SeeOther, (await form.Post(browser, "save")).StatusCode);
        Assert.Contains(name + "-2", await browser.GetStringAsync($"/configuration/things/{section}"), StringComparison.Ordinal);

        form = await PageForm.Open(browser, $"/configuration/things/{section}/{name}-2");
        Assert.Equal(HttpStatusCode.SeeOther, (await form.Post(browser, "retire")).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await browser.GetAsync($"/configuration/things/{section}/{name}-2")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await browser.GetAsync($"/configuration/things/{section}/{name}")).StatusCode);
    }

    [Fact]
    public async Task A_name_that_is_taken_or_no_name_is_refused_at_its_field()
    {
        var form = await PageForm.Open(browser, "/configuration/new/workers");
        form[":name"] = "Not A Name!";
        form = await form.Press(browser, "save");
        Assert.NotEqual("", form.ProblemAt(":name"));
        form[":name"] = "w1";
        form["maxBuilds"] = "9";
        form = await form.Press(browser, "save");
        Assert.Equal(HttpStatusCode.UnprocessableEntity, form.Status);
        Assert.Equal("There is \"w1\" already.", form.ProblemAt(":name"));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await form.Press(browser, "save")).Status);
        Assert.Contains("maxBuilds: 2", await InForce(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_builder_with_200_steps_can_be_edited()
    {
        var steps = new JsonArray([.. Enumerable.Range(0, 200).Select(i => (JsonNode)new JsonObject { ["run"] = $"echo {i}" })]);
        var config = new JsonObject { ["weir"] = 1, ["secrets"] = new JsonArray(new JsonObject { ["from"] = "env" }), ["workers"] = new JsonObject { ["w1"] = new JsonObject() }, ["builders"] = new JsonObject { ["lib"] = new JsonObject { ["steps"] = steps } } };
        await Master.Admin().PostJson("/api/v2/config/apply", new JsonObject { ["parts"] = new JsonArray(new JsonObject { ["name"] = "weir.yaml", ["text"] = config.ToJsonString() }) }.ToJsonString());
        var form = await PageForm.Open(browser, "/configuration/things/builders/lib");
        form["steps[199].run"] = "echo last";
        Assert.Equal(HttpStatusCode.SeeOther, (await form.Post(browser, "save")).StatusCode);
        Assert.Equal("echo last", (await PageForm.Open(browser, "/configuration/things/builders/lib"))["steps[199].run"]);
    }

    [Fact]
    public async Task Who_may_not_configure_gets_no_form()
    {
        using var viewer = Master.Browser();
        await TestMaster.SignIn(viewer, "developer");
        Assert.Equal(HttpStatusCode.Forbidden, (await viewer.GetAsync("/configuration/things/builders/lib")).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await viewer.PostForm("/configuration/things/builders/lib", ("_handler", "thing"), (":do", "retire"), ("__RequestVerificationToken", await TestMaster.FormToken(viewer)))).StatusCode);
        Assert.Contains("lib:", await InForce(), StringComparison.Ordinal);
    }

    private async Task<string> InForce() => await Master.Store.Scalar<string>("SELECT string_agg(p ->> 'Text', E'\\n') FROM config_in_force JOIN config_revisions ON id = revision_id, jsonb_array_elements(parts) AS p") ?? "";

    private Task<long> Revisions() => Master.Store.Scalar<long>("SELECT count(*) FROM config_revisions");
}
