using Weir.App.Client.Graph;
using Weir.Shared.Configuration;

namespace Weir.Client.Tests.Graph;

public sealed class GraphLayoutTests
{
    [Fact]
    public void A_chain_of_triggers_flows_from_left_to_right()
    {
        var layout = GraphLayout.Of(Graph("source/poll>scheduler/on", "scheduler/on>builder/lib", "builder/lib>scheduler/package", "scheduler/package>builder/deb", "builder/deb>worker/a", "builder/lib>worker/a"));

        Assert.Equal(["Change sources", "Schedulers", "Builders", "Schedulers", "Builders", "Workers"], layout.Columns);
        Assert.Equal(["poll", "on", "lib", "package", "deb", "a"], layout.Nodes.OrderBy(n => n.Column).Select(n => n.Node.Name));
    }

    [Fact]
    public void A_builder_that_sets_itself_off_again_is_drawn_once_and_the_drawing_ends() =>
        Assert.Equal(3, GraphLayout.Of(Graph("scheduler/again>builder/lib", "builder/lib>scheduler/again", "builder/lib>worker/a")).Nodes.Count);

    [Fact]
    public void Lines_that_need_not_cross_do_not()
    {
        // Given in an order in which all of them would.
        var layout = GraphLayout.Of(Graph([.. Enumerable.Range(0, 8).SelectMany(i => new[] { $"scheduler/s{i}>builder/b{7 - i}", $"builder/b{7 - i}>worker/w{(i + 3) % 8}" })]));
        var y = layout.Nodes.ToDictionary(n => n.Node.Key, n => n.Y);

        for (var i = 0; i < 8; i++)
            Assert.Equal((y[$"scheduler/s{i}"], y[$"scheduler/s{i}"]), (y[$"builder/b{7 - i}"], y[$"worker/w{(i + 3) % 8}"]));
    }

    [Fact]
    public void No_two_nodes_overlap_and_none_stands_outside_however_tangled_they_are()
    {
        for (var seed = 0; seed < 60; seed++)
        {
            var layout = GraphLayout.Of(Tangled(seed));

            Assert.All(layout.Nodes, n => Assert.InRange(n.Y, 0.499, layout.Rows - 0.499));
            foreach (var column in layout.Nodes.GroupBy(n => n.Column))
            {
                var ys = column.Select(n => n.Y).Order().ToList();
                Assert.All(ys.Zip(ys.Skip(1)), p => Assert.True(p.Second - p.First > 0.999, $"seed {seed}"));
            }
        }
    }

    [Fact]
    public void No_line_runs_behind_a_node_or_out_of_the_picture()
    {
        // In rows: half of a node's 44 of 52 pixels.
        const double half = 22.0 / 52;
        for (var seed = 0; seed < 60; seed++)
        {
            var graph = Tangled(seed);
            var layout = GraphLayout.Of(graph);
            var (routes, places) = (new GraphRoutes(layout), layout.Nodes.ToDictionary(n => n.Node.Key));
            foreach (var edge in graph.Edges)
            {
                var (from, to) = (places[edge.From], places[edge.To]);
                var heights = routes.Between(from, to);
                Assert.Equal(Math.Max(0, to.Column - from.Column - 1), heights.Count);
                foreach (var (i, height) in heights.Index())
                {
                    Assert.InRange(height, -0.1, layout.Rows + 0.1);
                    Assert.All(layout.Nodes.Where(n => n.Column == from.Column + 1 + i), n => Assert.True(Math.Abs(n.Y - height) > half, $"seed {seed}: {edge.From} to {edge.To} runs behind {n.Node.Key}"));
                }
            }
        }
    }

    [Fact]
    public void A_line_with_nothing_in_its_way_is_straight()
    {
        var layout = GraphLayout.Of(Graph("scheduler/a>builder/b", "builder/b>pool/p", "pool/p>worker/w", "builder/b>worker/v", "scheduler/c>builder/d", "builder/d>worker/x"));
        var places = layout.Nodes.ToDictionary(n => n.Node.Key);

        var height = Assert.Single(new GraphRoutes(layout).Between(places["builder/d"], places["worker/x"]));
        Assert.InRange(height, Math.Min(places["builder/d"].Y, places["worker/x"].Y) - 0.1, Math.Max(places["builder/d"].Y, places["worker/x"].Y) + 0.1);
    }

    private static ConfigurationGraph Tangled(int seed)
    {
        var dice = new Random(seed);
        string[] kinds = ["source", "scheduler", "builder", "pool", "worker", "lock"];
        return Graph([.. Enumerable.Range(0, dice.Next(1, 120)).Select(_ =>
        {
            var kind = dice.Next(4);
            return $"{kinds[kind]}/{dice.Next(15)}>{(kind == 2 && dice.Next(4) == 0 ? "scheduler" : kinds[kind + 1 + dice.Next(kind == 2 ? 3 : 1)])}/{dice.Next(15)}";
        })]);
    }

    [Fact]
    public void Nothing_is_an_empty_picture() => Assert.Empty(GraphLayout.Of(ConfigurationGraph.Empty).Nodes);

    internal static ConfigurationGraph Graph(params string[] edges)
    {
        var pairs = edges.Select(e => e.Split('>')).Select(e => new GraphEdge(e[0], e[1], "leads to")).Distinct().ToList();
        return new(1, [.. pairs.SelectMany(e => new[] { e.From, e.To }).Distinct().Select(Node)], pairs);
    }

    private static GraphNode Node(string key)
    {
        var (kind, name) = (key.Split('/')[0], key.Split('/')[1]);
        return new(Enum.GetValues<GraphKind>().First(k => GraphNode.Word(k) == kind), name);
    }
}
