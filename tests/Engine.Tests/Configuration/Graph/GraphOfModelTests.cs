using Weir.Engine.Configuration.Check;
using Weir.Engine.Configuration.Graph;
using Weir.Shared.Configuration;

namespace Weir.Engine.Tests.Configuration.Graph;

public sealed class GraphOfModelTests
{
    private const string Site = """
        weir: 1
        projects: { gst: {}, web: {} }
        codebases:
          lib: { repository: 'https://example.org/lib', project: gst }
          site: { repository: 'https://example.org/site', project: web }
        changeSources:
          lib-poll: { type: git-poller, codebase: lib, branches: [main] }
          forge: { type: webhook, dialect: base, codebase: [site] }
        schedulers:
          on-lib: { type: single-branch, changes: { codebase: lib, branch: main }, builders: [lib-linux] }
          on-web: { type: any-branch, changes: { project: web }, builders: [page] }
          nightly: { type: nightly, cron: '0 2 * * *', onlyIfChanged: true, builders: [page] }
          hourly: { type: periodic, every: 1h, builders: [page] }
          package: { type: triggerable, builders: [deb] }
        workers: { a: { tags: [linux] }, b: { tags: [linux] }, c: { tags: [linux] }, 'volunteer-*': { tags: [bsd] } }
        locks: { cpu: { scope: worker, capacity: 4 }, database: { scope: all } }
        sharedDirectories: { sdk: {} }
        builders:
          lib-linux: { project: gst, workers: { tags: [linux] }, locks: [cpu], steps: [ { run: make, locks: [database], shared: { sdk: write } }, { trigger: { scheduler: package, wait: true } } ] }
          page: { project: web, workers: { tags: [linux] }, steps: [ { run: make } ] }
          deb: { project: gst, workers: { tags: [linux] }, steps: [ { run: make, shared: { sdk: read } } ] }
          bsd: { workers: { names: [volunteer-7] }, steps: [ { run: make } ] }
        """;

    private static readonly ConfigurationGraph Graph = Of(Site);

    [Theory]
    [InlineData("source/lib-poll", "scheduler/on-lib", "sets off")]
    [InlineData("source/forge", "scheduler/on-web", "sets off")]
    [InlineData("source/forge", "scheduler/nightly", "is asked by")]
    [InlineData("scheduler/on-lib", "builder/lib-linux", "starts")]
    [InlineData("builder/lib-linux", "scheduler/package", "triggers, and waits")]
    [InlineData("scheduler/package", "builder/deb", "starts")]
    [InlineData("builder/lib-linux", "lock/cpu", "holds")]
    [InlineData("builder/lib-linux", "lock/database", "holds")]
    [InlineData("builder/lib-linux", "directory/sdk", "writes")]
    [InlineData("builder/deb", "directory/sdk", "reads")]
    [InlineData("builder/page", "pool/linux", "runs on")]
    [InlineData("pool/linux", "worker/b", "has")]
    [InlineData("builder/bsd", "worker/volunteer-*", "runs on")]
    public void What_leads_where_is_a_line(string from, string to, string word) => Assert.Contains(new GraphEdge(from, to, word), Graph.Edges);

    [Theory]
    [InlineData("source/forge", "scheduler/on-lib")]
    [InlineData("source/lib-poll", "scheduler/on-web")]
    [InlineData("source/lib-poll", "scheduler/hourly")]
    [InlineData("builder/page", "worker/a")]
    [InlineData("builder/bsd", "worker/a")]
    public void What_leads_nowhere_is_none(string from, string to) => Assert.DoesNotContain(Graph.Edges, e => e.From == from && e.To == to);

    [Fact]
    public void Workers_used_by_one_builder_need_no_pool() =>
        Assert.DoesNotContain(Of("weir: 1\nworkers: { a: {}, b: {} }\nbuilders: { one: { steps: [ { run: make } ] } }").Nodes, n => n.Kind == GraphKind.Pool);

    [Fact]
    public void Around_a_thing_is_what_leads_to_it_and_what_comes_of_it_and_nothing_beside()
    {
        var around = Graph.Around(n => n.Key == "builder/deb").Nodes.Select(n => n.Key).ToHashSet();

        Assert.Superset(new HashSet<string> { "source/lib-poll", "scheduler/on-lib", "builder/lib-linux", "scheduler/package", "builder/deb", "pool/linux", "worker/a" }, around);
        Assert.DoesNotContain("builder/page", around);
        Assert.DoesNotContain("lock/cpu", around);
    }

    [Fact]
    public void Every_line_joins_two_nodes_that_are_there()
    {
        var keys = Graph.Nodes.Select(n => n.Key).ToHashSet();

        Assert.Equal(Graph.Nodes.Count, keys.Count);
        Assert.All(Graph.Edges, e => Assert.True(keys.Contains(e.From) && keys.Contains(e.To), $"{e}"));
    }

    private static ConfigurationGraph Of(string text)
    {
        var read = ConfigurationReader.Read([new ConfigurationPart("weir.yaml", text)]);
        Assert.Empty(read.Problems);
        return GraphOfModel.Of(1, read.Model!);
    }
}
