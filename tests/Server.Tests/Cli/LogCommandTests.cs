using Weir.Server.Tests.Api;
using Weir.Shared.Logs;
using Weir.Support;

namespace Weir.Server.Tests.Cli;

/// <summary>Logs and builds from the command line, as the server follows, searches and filters them.</summary>
public sealed class LogCommandTests(Site site) : IClassFixture<Site>
{
    [Fact]
    public async Task What_is_written_is_followed_as_it_comes_log_by_log_until_the_build_has_ended()
    {
        using var shell = new CommandShell();
        await shell.SignIn(site.Master);
        var build = await site.Rows.Build(site.Builder, site.Worker, site.MasterId, site.Revision);
        await site.Master.Store.Execute($"UPDATE builds SET completed_at = NULL, results = NULL WHERE id = {build}");
        var step = await site.Rows.Step(build, 0, "compile", results: null);
        var log = await site.Rows.Log(build, step);
        await site.Rows.Append(log, [Rows.Line("one"), Rows.Line("two", LogStream.Stderr)]);

        using var follower = shell.Start("log", $"{build}", "--follow");
        follower.StandardInput.Close();
        Assert.Equal(["one", "two"], await Read(follower, 3) is [_, var first, var second] ? [first, second] : []);
        await site.Rows.Append(log, [Rows.Line("three")]);
        Assert.Equal(["three"], await Read(follower, 1));
        await site.Master.Store.Execute($"UPDATE logs SET completed_at = weir_now() WHERE id = {log}; UPDATE steps SET completed_at = weir_now(), results = 2 WHERE id = {step}");
        var other = await site.Rows.Log(build, await site.Rows.Step(build, 1, "test"), "report");
        await site.Rows.Append(other, [Rows.Line("last")]);
        await site.Master.Store.Execute($"UPDATE logs SET completed_at = weir_now() WHERE id = {other}; UPDATE builds SET completed_at = weir_now(), results = 2 WHERE id = {build}");

        var ended = await CommandShell.End(follower);
        Assert.Equal(1, ended.Code);
        Assert.EndsWith("test: report ──\nlast\n", ended.Output, StringComparison.Ordinal);

        await site.Rows.Append(log, [Rows.Line("$ make", LogStream.Header)]);
        Assert.Equal("two\nthree\n", (await shell.Run(null, "log", $"{build}", "--follow", "--raw", "--step", "compile", "--tail", "2")).Output);
    }

    [Fact]
    public async Task A_search_tells_each_line_once_by_its_number_and_goes_on_where_an_answer_ended()
    {
        using var shell = new CommandShell();
        await shell.SignIn(site.Master);
        var build = await site.Rows.Build(site.Builder, site.Worker, site.MasterId, site.Revision);
        // More hits than one answer holds.
        await site.Rows.LogOf(build, [.. Enumerable.Range(0, 2500).Select(i => Rows.Line(i % 2 == 0 ? $"a Needle, and another needle {i}" : "hay"))]);

        var found = await shell.Run(null, "log", $"{build}", "--search", "NEEDLE");

        Assert.Equal((0, 1250), (found.Code, found.Lines.Length));
        Assert.Equal(["compile:1: a Needle, and another needle 0", "compile:3: a Needle, and another needle 2"], found.Lines.Take(2));
        Assert.Equal("compile:2499: a Needle, and another needle 2498", found.Lines[^1]);
        Assert.Equal(1250, (await shell.Run(null, "log", $"{build}", "--search", "needle", "--json")).Json["logs"]![0]!["lines"]!.AsArray().Count);
        Assert.Equal(1, (await shell.Run(null, "log", $"{build}", "--search", "pin")).Code);
    }

    [Fact]
    public async Task Builds_of_a_branch_and_since_a_moment_are_chosen_by_the_server()
    {
        using var shell = new CommandShell();
        await shell.SignIn(site.Master);
        var builder = await site.Rows.Builder("branches");
        var builds = new List<long>();
        for (var i = 0; i < 6; i++)
            builds.Add(await site.Rows.Build(builder, site.Worker, site.MasterId, site.Revision));
        await site.Master.Store.Execute($"UPDATE builds SET branch = CASE WHEN number % 2 = 0 THEN 'next' ELSE 'main' END, started_at = weir_now() - (7 - number) * interval '1 hour' WHERE builder_id = {builder}");

        async Task<string[]> List(params string[] options) => [.. (await shell.Run(null, ["builds", "branches", .. options])).Lines.Select(l => l.Split('\t')[1])];

        Assert.Equal(["branches/6", "branches/4", "branches/2"], await List("--branch", "next"));
        Assert.Equal(["branches/6", "branches/4"], await List("--branch", "next", "-n", "2"));
        Assert.Equal(["branches/6", "branches/5", "branches/4"], await List("--since", "210m"));
        Assert.Equal(["branches/5"], await List("--since", "210m", "--branch", "main"));
        Assert.Empty(await List("--branch", "nothing"));
    }

    [Fact]
    public async Task A_rebuild_names_its_request()
    {
        using var shell = new CommandShell();
        await shell.SignIn(site.Master);

        var made = await shell.Run(null, "rebuild", "linux/1");

        Assert.Equal((0, $"Request {await site.Master.Store.Scalar<long>("SELECT max(id) FROM requests")} of linux is in the queue.\n"), (made.Code, made.Output));
    }

    private static async Task<string[]> Read(System.Diagnostics.Process process, int lines)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        var read = new List<string>();
        while (read.Count < lines && await process.StandardOutput.ReadLineAsync(limit.Token) is { } line)
            read.Add(line);
        return [.. read];
    }
}
