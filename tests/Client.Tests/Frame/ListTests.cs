using Bunit;
using Weir.App.Client.Builders;
using Weir.App.Client.Buildsets;
using Weir.App.Client.Changes;
using Weir.App.Client.Configuration;
using Weir.App.Client.Masters;
using Weir.App.Client.Queue;
using Weir.App.Client.Schedulers;
using Weir.App.Client.Workers;
using Weir.Shared;
using Weir.Shared.Builds;
using Weir.Shared.Changes;
using Weir.Shared.Configuration;
using Weir.Shared.Queue;
using Weir.Shared.Schedulers;
using Weir.Shared.Workers;

namespace Weir.Client.Tests.Frame;

public sealed class ListTests : Components
{
    [Fact]
    public void Lists_tell_nothing_exists_from_nothing_matches()
    {
        Assert.Contains("No builder is configured yet", Text(Builders(null)));
        Assert.Contains("No builder matches “windows”", Text(Builders("windows", Samples.Builder())));
        Assert.Contains("Nothing waits now", Text(Queue()));
        Assert.Contains("weir worker add", Text(Show<WorkersRegion>(p => p.Add(x => x.Workers, []).Add(x => x.Moment, Moment))));
        Assert.Contains("No change has come yet", Text(Changes(null)));
        Assert.Contains("No change matches", Text(Changes("main")));
        Assert.Contains("No scheduler is configured yet", Text(Show<SchedulersRegion>(p => p.Add(x => x.Schedulers, []).Add(x => x.Moment, Moment))));
        Assert.Contains("No configuration is in force yet", Text(Show<ConfigurationRegion>(p => p.Add(x => x.View, new ConfigurationView(null, null, new([]), true)).Add(x => x.Moment, Moment))));
        Assert.Contains("Nothing has been asked to be built yet", Text(Show<BuildsetsRegion>(p => p.Add(x => x.Page, new Page<BuildsetSummary>([])).Add(x => x.Moment, Moment))));
    }

    [Fact]
    public void A_filtered_list_asks_for_itself_again_because_the_fragment_knows_no_filter()
    {
        Assert.NotNull(Builders("linux", Samples.Builder()).Find("#live-builders").GetAttribute("data-refresh"));
        Assert.Null(Builders(null, Samples.Builder()).Find("#live-builders").GetAttribute("data-refresh"));
    }

    [Fact]
    public void One_cause_that_blocks_many_is_one_line()
    {
        var shown = Queue(Samples.Request(1), Samples.Request(2), Samples.Request(3, waiting: new(WaitKind.NotBefore, "retries at 15:00", Samples.Now)));

        var cause = Assert.Single(shown.FindAll("ul[aria-label='Why requests wait'] li"));
        Assert.Contains("both workers that can build it are busy", cause.TextContent);
        Assert.Contains("2", cause.TextContent);
    }

    [Fact]
    public void A_workers_state_decides_what_can_be_asked_of_it()
    {
        Assert.Equal("/workers/ash/pause", Workers(WorkerState.Available).Find("button").GetAttribute("formaction"));
        Assert.Equal("/workers/ash/resume", Workers(WorkerState.Paused).Find("button").GetAttribute("formaction"));
        Assert.Equal("admin", Workers(WorkerState.Paused).Find("button").GetAttribute("data-needs"));
    }

    [Theory]
    [InlineData("not json")]
    [InlineData("[1,2]")]
    [InlineData("{\"System\":{\"a\":1},\"Cores\":null,\"MemoryBytes\":1e99}")]
    [InlineData("{\"MemoryBytes\":-1}")]
    public void Whatever_a_worker_says_of_itself_can_be_shown(string info) => Assert.NotNull(WorkerInfo.Machine(info));

    /// <summary>As a worker says it: the names of the protocol's own record.</summary>
    [Fact]
    public void What_a_worker_says_of_its_machine_is_told_in_words()
    {
        var said = System.Text.Json.JsonSerializer.Serialize(new Weir.Shared.Protocol.WorkerInfo { Host = "ash", System = "Debian 12", Architecture = "x64", Cores = 8, MemoryBytes = 34_359_738_368 });

        Assert.Equal("Debian 12, x64, 8 cores", WorkerInfo.Machine(said));
        Assert.Contains(("Memory", "32 GiB"), WorkerInfo.All(said));
    }

    [Fact]
    public void A_refused_configuration_is_told_with_place_and_that_nothing_changed()
    {
        var refused = new RevisionRecord { Id = 4, Hash = "ab", Author = "file", CreatedAt = Samples.Now, Reason = "changed", State = RevisionState.Refused, Problems = [new("weir.yaml", 12, 7, "builders[3]", "unknown key rum; did you mean run?")] };
        var inForce = new RevisionRecord { Id = 3, Hash = "aa", Author = "ann", CreatedAt = Samples.Now, Reason = "first", State = RevisionState.InForce };

        var text = Text(Show<ConfigurationRegion>(p => p.Add(x => x.View, new ConfigurationView(inForce, refused, new([refused, inForce]), true)).Add(x => x.Moment, Moment)));

        Assert.Contains("weir.yaml:12:7", text);
        Assert.Contains("did you mean run?", text);
        Assert.Contains("revision 3 stays in force", text);
    }

    [Fact]
    public void A_part_that_is_not_as_it_should_be_is_told_with_what_is_wrong()
    {
        PartRecord[] parts =
        [
            new() { Name = "store", Origin = PartOrigin.Store, State = PartState.Good, TakenAt = Samples.Now },
            new() { Name = "team-a", Origin = PartOrigin.Repository, State = PartState.Broken, Place = "https://example.org/a.git main", Commit = "0123456789abcdef", BrokenCommit = "fedcba9876543210", BrokenSince = Samples.Now, Problems = [new("team-a/ci.yaml", 3, 5, "builders.x", "Names begin with team-a-.")] },
            new() { Name = "team-b", Origin = PartOrigin.Repository, State = PartState.Broken, Trouble = "no branch main", BrokenSince = Samples.Now, Notify = ["b@example.org"] },
            new()
            {
                Name = "team-c", Origin = PartOrigin.Repository, State = PartState.Good, Notify = ["c@example.org"], CanSendMail = true,
                Mails =
                [
                    new() { Recipient = "c@example.org", Subject = "it is good again", Attempts = 2, LastError = "come later" },
                    new() { Recipient = "d@example.org", Subject = "it is not good", Attempts = 1, SentAt = Samples.Now },
                    new() { Recipient = "e@example.org", Subject = "it is not good", Attempts = 80, LastError = "no such user", GivenUpAt = Samples.Now },
                    new() { Recipient = "f@example.org", Subject = "it is not good" },
                ],
            },
        ];

        var text = Text(Show<ConfigurationRegion>(p => p.Add(x => x.View, new ConfigurationView(null, null, new([]), true) { Parts = parts }).Add(x => x.Moment, Moment)));

        Assert.Contains("team-a/ci.yaml:3:5", text);
        Assert.Contains("Its last good content stays", text);
        Assert.Contains("fedcba9876", text);
        Assert.Contains("It could not be read: no branch main", text);
        Assert.Contains("b@example.org would be told if it broke, but no engine has a mail server", text);
        Assert.Contains("c@example.org is not told yet (2 attempts;", text);
        Assert.Contains("come later", text);
        Assert.Contains("d@example.org was told: it is not good", text);
        Assert.Contains("e@example.org could not be told, after 80 attempts: no such user", text);
        Assert.Contains("f@example.org is being told", text);
    }

    [Fact]
    public void A_master_of_another_version_stands_out()
    {
        var shown = Show<MastersRegion>(p => p.Add(x => x.Masters, [Samples.Master("a"), Samples.Master("b"), Samples.Master("c") with { Version = "0.2.0" }]).Add(x => x.Moment, Moment));

        Assert.Equal(["0.2.0"], shown.FindAll("[title='differs from the others']").Select(e => e.TextContent));
    }

    [Fact]
    public void A_strangers_link_in_a_change_is_a_link_only_if_it_leads_to_the_web()
    {
        ShowsLinks(Samples.Change() with { RevisionLink = "https://git.example.org/c/1" }, 1);
        ShowsLinks(Samples.Change() with { RevisionLink = "javascript:alert(1)" }, 0);
    }

    [Theory]
    [InlineData("lin", true)]
    [InlineData("win", false)]
    [InlineData("tag:fast", true)]
    [InlineData("tag:slow", false)]
    [InlineData("project:core lin", true)]
    [InlineData("is:red", false)]
    [InlineData("is:nonsense", false)]
    [InlineData("", true)]
    public void A_builders_filter_is_words_that_must_all_hold(string filter, bool holds) => Assert.Equal(holds, BuilderFilter.Holds(filter, BuilderHead.Of(Samples.Builder())));

    [Theory]
    [InlineData("as", true)]
    [InlineData("oak", false)]
    [InlineData("is:available", true)]
    [InlineData("is:missing", false)]
    [InlineData("is:building", true)]
    public void A_workers_filter_is_words_too(string filter, bool holds)
    {
        Assert.Equal(holds, WorkerFilter.Holds(filter, Samples.Worker()));
        var shown = Text(Show<WorkersRegion>(p => p.Add(x => x.Workers, [Samples.Worker()]).Add(x => x.Filter, filter).Add(x => x.Moment, Moment)));
        Assert.Equal(!holds, shown.Contains($"No worker matches “{filter}”", StringComparison.Ordinal));
    }

    [Fact]
    public void Many_workers_come_in_parts()
    {
        var many = Enumerable.Range(1, 450).Select(i => Samples.Worker() with { Id = i, Name = $"w{i}" }).ToList();

        var second = Show<WorkersRegion>(p => p.Add(x => x.Workers, many).Add(x => x.After, 200).Add(x => x.Moment, Moment));

        Assert.Equal("w201", second.Find("tbody th a").TextContent);
        Assert.Equal("/workers?after=400", second.Find("a[rel=next]").GetAttribute("href"));
    }

    [Fact]
    public void A_buildset_is_red_as_soon_as_one_of_its_builds_is()
    {
        RequestSummary With(params BuildSummary[] builds) => Samples.Request() with { Builds = builds, ClaimedAt = Samples.Now };
        BuildsetSummary Set(params RequestSummary[] requests) => new() { Id = 1, Reason = "x", SubmittedAt = Samples.Now, SourceStamps = [], Requests = requests };

        Assert.Equal(App.Client.Parts.Shown.Failure, BuildsetState.Of(Set(With(Samples.Build(1, BuildResult.Failure)), With(Samples.Build(2, null)))));
        Assert.Equal(App.Client.Parts.Shown.Running, BuildsetState.Of(Set(With(Samples.Build(1)), With(Samples.Build(2, null)))));
        Assert.Equal(App.Client.Parts.Shown.Waiting, BuildsetState.Of(Set(Samples.Request())));
        Assert.Equal(App.Client.Parts.Shown.Waiting, BuildsetState.Of(With(Samples.Build(1, BuildResult.Retry))));
    }

    [Fact]
    public void Live_regions_hold_no_form_so_that_no_update_resets_one()
    {
        Assert.Empty(Workers(WorkerState.Available).FindAll("form, input, select, textarea"));
        Assert.Empty(Queue(Samples.Request()).FindAll("form, input, select, textarea"));
        Assert.Empty(Show<SchedulersRegion>(p => p.Add(x => x.Schedulers, [new SchedulerRecord { Id = 1, Name = "a", Kind = "periodic", Enabled = true }]).Add(x => x.Moment, Moment)).FindAll("form, input, select, textarea"));
    }

    private void ShowsLinks(ChangeRecord change, int links) =>
        Assert.Equal(links, Show<ChangeRegion>(p => p.Add(x => x.Detail, new ChangeDetail(change, [])).Add(x => x.Moment, Moment)).FindAll($"a[href='{change.RevisionLink}']").Count);

    [Fact]
    public void A_worker_shows_when_it_is_open_and_how_it_was_used()
    {
        var rule = new AvailabilityConfiguration { TimeZone = "Europe/Budapest", Windows = [new() { Days = Weekdays.Read("mon-fri")!, From = new(19, 0), To = new(7, 0) }], AtClose = AtClose.Interrupt };
        var shown = Show<WorkerOutlookNote>(p => p.Add(x => x.Outlook, Samples.Outlook).Add(x => x.Availability, rule));

        Assert.Contains("mon-fri 19:00-07:00", shown.Markup, StringComparison.Ordinal);
        Assert.Contains("builds are ended and queued again", shown.Markup, StringComparison.Ordinal);
        Assert.Equal(["00:00–07:00, 19:00–24:00", "closed"], shown.FindAll(".days tbody tr td:last-child").Select(c => c.TextContent));
        Assert.Equal(49, shown.FindAll(".heat-3").Count);
        Assert.Equal("50 %", shown.Find(".heat tbody td .sr").TextContent);
        Assert.Empty(Show<WorkerOutlookNote>(p => p.Add(x => x.Outlook, Samples.Outlook)).FindAll(".days"));
    }

    private IRenderedComponent<WorkersRegion> Workers(WorkerState state) => Show<WorkersRegion>(p => p.Add(x => x.Workers, [Samples.Worker(state: state)]).Add(x => x.Moment, Moment));

    private IRenderedComponent<BuildersRegion> Builders(string? filter, params BuilderSummary[] builders)
    {
        var wish = new BuilderWish { Filter = filter };
        var (overview, chosen) = BuilderOverview.Choose([.. builders.Select(BuilderHead.Of)], wish, heads => heads);
        var lines = chosen.Select(h => new BuilderLine(builders.First(b => b.Id == h.Id), [], null)).ToList();
        return Show<BuildersRegion>(p => p.Add(x => x.Overview, overview with { Lines = lines }).Add(x => x.Wish, wish).Add(x => x.Moment, Moment));
    }

    private IRenderedComponent<QueueRegion> Queue(params RequestSummary[] requests)
    {
        var causes = requests.Select(r => r.Waiting).OfType<WaitReason>().GroupBy(w => (w.Kind, w.Text)).Where(g => g.Count() > 1).Select(g => new WaitCause(g.Key.Kind, g.Key.Text, g.First().Since, g.Count()));
        return Show<QueueRegion>(p => p.Add(x => x.Part, new QueuePart(requests, requests.Length, 0, [.. causes], null)).Add(x => x.Moment, Moment));
    }

    private IRenderedComponent<ChangesRegion> Changes(string? branch) =>
        Show<ChangesRegion>(p => p.Add(x => x.Page, new Page<ChangeRecord>([])).Add(x => x.Sources, []).Add(x => x.First, true).Add(x => x.Moment, Moment).Add(x => x.Branch, branch));
}
