using System.Diagnostics;
using System.Net;
using Weir.App.Client.Rest;

namespace Weir.Server.Tests.Api;

/// <summary>The examples of the page about REST, run as they stand there.</summary>
public sealed class RestExampleTests(Site site) : IClassFixture<Site>
{
    private static readonly Dictionary<string, (string Curl, string Python)> Expected = new()
    {
        ["red"] = ("\"linux\"", "linux is red"),
        ["builds"] = ("\"number\":1", "1 2 failed: check 30 s"),
        ["all"] = ("\"builds\":", "1 builds"),
        ["log"] = ("one\ntwo\n", "line 3 an error"),
        ["force"] = ("\"result\":[", "buildset "),
        ["waiting"] = ("\"waiting\"", "linux waits: "),
        ["wait"] = ("\"results\":2", "failed: check"),
        ["change"] = ("\"changeid\":", "change "),
        ["pause"] = ("\"result\":", "new disk"),
        ["check"] = ("\"accepted\":true", "weir.yaml:2:1: "),
        ["events"] = ("retry: 2000", "retry: 2000"),
    };

    [Fact]
    public async Task Every_example_does_what_it_says()
    {
        MustBeThere("curl", "--version");
        MustBeThere("python3", "--version");
        await site.Rows.Append(site.Log, [Support.Rows.Line("an error")]);
        await site.Master.Store.Execute($"UPDATE logs SET completed_at = weir_now() WHERE id = {site.Log}");
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, "weir: 1\nbuilder: {}\n");
        using var admin = site.Master.Admin();
        var made = await (await admin.PostJson("/api/v2/tokens", """{"label":"examples"}""")).Json();
        var environment = new Dictionary<string, string>
        {
            ["WEIR"] = site.Master.Url + "/api/v2",
            ["TOKEN"] = (string)made["tokens"]![0]!["token"]!,
            ["BUILDER"] = "linux",
            ["SCHEDULER"] = "force",
            ["WORKER"] = "w1",
            ["BUILD"] = $"{site.Build}",
            ["STEP"] = "check",
            ["FILE"] = file,
        };
        var before = await site.Master.Store.Scalar<long>("SELECT count(*) FROM buildsets");

        foreach (var example in RestExamples.All)
        {
            var (curl, python) = Expected[example.Id];
            var shell = await Run("bash", ["-euc", example.Curl], environment);
            Assert.True(shell.Code == 0 && shell.Output.Contains(curl, StringComparison.Ordinal), $"{example.Id} with curl: {shell}");
            var script = await Run("python3", ["-c", RestExamples.Python + example.Python], environment);
            // It ends as the build ended.
            Assert.True(script.Code == (example.Id == "wait" ? 1 : 0) && script.Output.Contains(python, StringComparison.Ordinal), $"{example.Id} in Python: {script}");
        }

        // Both forced under the same key, with the same words.
        Assert.Equal(before + 1, await site.Master.Store.Scalar<long>("SELECT count(*) FROM buildsets"));
        Assert.Equal(Expected.Keys, RestExamples.All.Select(e => e.Id));
        File.Delete(file);
    }

    [Fact]
    public async Task Every_page_leads_to_the_examples_and_to_the_document_of_the_interface()
    {
        using var browser = site.Master.Browser();
        var page = await browser.GetStringAsync("/queue");
        foreach (var address in new[] { "/rest", "/api/v2/openapi.json" })
        {
            Assert.Contains($"href=\"{address}\"", page);
            Assert.Equal(HttpStatusCode.OK, (await browser.GetAsync(address)).StatusCode);
        }
        Assert.Contains($"export WEIR={site.Master.Url}/api/v2", await browser.GetStringAsync("/rest"));
    }

    private static void MustBeThere(string program, string question)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, question) { RedirectStandardOutput = true, RedirectStandardError = true })!;
            process.WaitForExit();
        }
        catch (System.ComponentModel.Win32Exception)
        {
            Assert.Skip($"{program} is not installed here.");
        }
    }

    private static async Task<(int Code, string Output, string Errors)> Run(string program, string[] arguments, Dictionary<string, string> environment)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        start.Environment["PYTHONIOENCODING"] = "utf-8";
        start.Environment["no_proxy"] = "127.0.0.1";
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        var output = process.StandardOutput.ReadToEndAsync(limit.Token);
        var errors = await process.StandardError.ReadToEndAsync(limit.Token);
        await process.WaitForExitAsync(limit.Token);
        return (process.ExitCode, await output, errors);
    }
}
