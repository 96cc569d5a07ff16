using Bunit;
using Weir.App.Client.Graph;
using Weir.App.Client.Parts;
using Weir.Shared.Builds;
using Weir.Shared.Changes;
using Weir.Shared.Configuration;
using Weir.Shared.Workers;

namespace Weir.Client.Tests.Graph;

public sealed class GraphPageTests : Components
{
    private static readonly ConfigurationGraph Small = new(7,
        [new(GraphKind.ChangeSource, "poll"), new(GraphKind.Scheduler, "on", "single branch"), new(GraphKind.Builder, "linux", Project: "gst"), new(GraphKind.Builder, "page", Project: "web"), new(GraphKind.Pool, "all"), new(GraphKind.Worker, "ash"), new(GraphKind.Worker, "ash-*"), new(GraphKind.Lock, "cpu", "4 units")],
        [new("source/poll", "scheduler/on", "sets off"), new("scheduler/on", "builder/linux", "starts"), new("builder/linux", "pool/all", "runs on"), new("builder/page", "pool/all", "runs on"), new("pool/all", "worker/ash", "has"), new("pool/all", "worker/ash-*", "has"), new("builder/linux", "lock/cpu", "holds")]);

    [Fact]
    public void Each_node_shows_what_it_does_now()
    {
        var states = GraphStates.Of(Small,
            [new() { Id = 1, Name = "linux", Running = 2, Waiting = 3 }, new() { Id = 2, Name = "page", LastBuild = 9, LastResult = BuildResult.Failure }],
            [Idle("ash"), Idle("ash-1") with { State = WorkerState.Missing }, Idle("ash-2"), Idle("oak")],
            [new() { Id = 1, Name = "cpu", Scope = LockScope.All, Capacity = 4, Holders = [new(1, "linux", 3, "ash", null, 4, false, Samples.Now)] }],
            [new() { Id = 1, Name = "on", Kind = "single-branch", Enabled = false }],
            [new ChangeSourceRecord(1, "poll", "git-poller", null, null, "no such host", 3)]);

        Assert.Equal(new(Shown.Running, "loader-circle", "2 running, 3 waiting"), states["builder/linux"]);
        Assert.Equal(new(Shown.Failure, "circle-x", "#9 failure"), states["builder/page"]);
        Assert.Equal(new(Shown.Failure, "circle-x", "no such host"), states["source/poll"]);
        Assert.Equal(new(Shown.Warnings, "circle-pause", "disabled"), states["scheduler/on"]);
        Assert.Equal(new(Shown.Running, "lock", "held by 1 build"), states["lock/cpu"]);
        Assert.Equal("available", states["worker/ash"].Words);
        Assert.Equal("1 of 2 available", states["worker/ash-*"].Words);
        Assert.Equal("2 of 3 available", states["pool/all"].Words);
    }

    [Fact]
    public void A_node_is_a_link_to_its_page_and_one_to_its_own_part_of_the_graph()
    {
        var drawing = Show<GraphDrawing>(p => p.Add(x => x.Graph, Small).Add(x => x.States, new Dictionary<string, NodeState> { ["builder/linux"] = new(Shown.Failure, "circle-x", "#3 failure") }));
        var node = drawing.Find("[data-node='builder/linux']");

        Assert.Equal(["/builders/linux", "/graph?focus=builder%2Flinux"], node.QuerySelectorAll("a").Select(a => a.GetAttribute("href")));
        Assert.Contains("is-failure", node.ClassList);
        Assert.Contains("#3 failure", node.TextContent);
        Assert.Equal(Small.Edges.Count, drawing.FindAll("path[data-from]").Count);
        Assert.Equal(Small.Nodes.Count, drawing.FindAll("[data-node]").Count);
    }

    [Fact]
    public void The_table_says_in_words_what_the_lines_say()
    {
        var table = Show<GraphTable>(p => p.Add(x => x.Graph, Small).Add(x => x.States, new Dictionary<string, NodeState>()));
        var row = table.FindAll("tbody tr").Single(r => r.QuerySelector("th")!.TextContent.StartsWith("linux", StringComparison.Ordinal));

        Assert.Equal("started by on", row.Children[3].TextContent);
        Assert.Equal("runs on all, holds cpu", row.Children[4].TextContent);
    }

    [Fact]
    public void A_project_or_a_name_narrows_it_to_what_belongs_to_it()
    {
        Assert.DoesNotContain(GraphView.Of(Small, null, "web", null).Part.Nodes, n => n.Name is "linux" or "on");
        Assert.Equal(["gst", "web"], GraphView.Of(Small, null, "web", null).Projects);
        Assert.Empty(GraphView.Of(Small, null, null, "nothing").Part.Nodes);
        Assert.Equal(["poll", "on", "linux", "cpu"], GraphView.Of(Small, "lock/cpu", " ", "").Part.Nodes.Select(n => n.Name));
    }

    [Fact]
    public void Too_much_for_a_picture_is_not_drawn() =>
        Assert.False(GraphView.Of(new(1, [.. Enumerable.Range(0, GraphView.MostNodes + 1).Select(i => new GraphNode(GraphKind.Builder, $"b{i}"))], []), null, null, null).IsDrawn);

    private static WorkerRecord Idle(string name) => Samples.Worker(name) with { Running = [] };
}
