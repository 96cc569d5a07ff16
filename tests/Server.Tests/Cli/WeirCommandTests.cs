namespace Weir.Server.Tests.Cli;

/// <summary>The <c>weir</c> command as a shell sees it: what it prints, and its exit code.</summary>
public sealed class WeirCommandTests(MasterFixture fixture) : IClassFixture<MasterFixture>, IDisposable
{
    private readonly CommandShell shell = new();

    private TestMaster Master => fixture.Master;

    [Fact]
    public async Task Signing_in_keeps_a_token_that_only_its_owner_reads_and_only_that_server_gets()
    {
        Assert.Equal(0, (await Weir(TestMaster.Password, "login", "--server", Master.Url + "/", "--password-stdin")).Code);
        var file = Path.Combine(shell.Home.FullName, "weir", "sign-in.json");
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
        Assert.DoesNotContain(TestMaster.Password, await File.ReadAllTextAsync(file));

        var made = await Weir(null, "worker", "add", "from-cli");
        Assert.Equal((0, 1), (made.Code, made.Output.Trim().Split('\n').Length));

        await using var other = await TestMaster.Start();
        Assert.Equal(4, (await Weir(null, "worker", "add", "from-cli", "--server", other.Url)).Code);
    }

    [Fact]
    public async Task Exit_codes_tell_usage_unreachable_refused_and_not_found_apart()
    {
        Assert.Equal(2, (await Weir(null, "explode")).Code);
        Assert.Equal(2, (await Weir(null, "builds", "--server", "ftp://x")).Code);
        Assert.Equal(3, (await Weir(null, "builds", "--server", "http://127.0.0.1:1")).Code);
        Assert.Equal(4, (await Weir(null, "worker", "add", "x", "--server", Master.Url)).Code);
        Assert.Equal(4, (await Weir(null, "builds", "--server", Master.Url, "--token", "wrong")).Code);
        Assert.Equal(4, (await Weir("wrong", "login", "--server", Master.Url, "--password-stdin")).Code);
        Assert.Equal(5, (await Weir(null, "build", "4711", "--server", Master.Url)).Code);
        Assert.Equal(0, (await Weir(null, "builds", "--server", Master.Url)).Code);
    }

    [Fact]
    public async Task A_change_is_sent_and_printed_by_its_number()
    {
        await Weir(TestMaster.Password, "login", "--server", Master.Url, "--password-stdin");

        var sent = await Weir(null, "sendchange", "--author", "Zoë <zoe@x>", "--branch", "main", "--revision", "abc", "--repository", "https://x/r", "-m", "Über alles", "-p", "n=1", "src/ü.c", "@/etc/passwd");

        Assert.Equal(0, sent.Code);
        var id = sent.Output.Trim().Split(' ')[1];
        var change = (await (await Master.Anonymous().GetAsync("/api/v2/changes/" + id)).Json())["changes"]![0]!;
        Assert.Equal("Über alles", (string?)change["comments"]);
        Assert.Equal(["src/ü.c", "@/etc/passwd"], change["files"]!.AsArray().Select(f => (string)f!));
    }

    [Fact]
    public async Task Complaints_about_a_configuration_are_printed_as_editors_read_them()
    {
        await Weir(TestMaster.Password, "login", "--server", Master.Url, "--password-stdin");
        var file = Path.Combine(shell.Home.FullName, "ci.yaml");
        await File.WriteAllTextAsync(file, "weir: 1\nbuilder: {}\n");
        var bad = await Weir(null, "config", "check", file);
        Assert.Equal(1, bad.Code);
        Assert.StartsWith("ci.yaml:2:1: ", bad.Errors, StringComparison.Ordinal);
        await File.WriteAllBytesAsync(file, [(byte)'x', 0xff]);
        Assert.Contains("not UTF-8", (await Weir(null, "config", "check", file)).Errors);

        await File.WriteAllTextAsync(file, "weir: 1\ntitle: Good\n");
        Assert.Equal(0, (await Weir(null, "config", "apply", file, "--reason", "a test")).Code);

        Assert.Contains("a test", (await Weir(null, "config", "history")).Output);
    }

    [Fact]
    public async Task Differences_are_told_thing_by_thing_and_then_as_text()
    {
        await Weir(TestMaster.Password, "login", "--server", Master.Url, "--password-stdin");
        var file = Path.Combine(shell.Home.FullName, "ci.yaml");
        async Task<string> Write(string steps, string workers)
        {
            await File.WriteAllTextAsync(file, $"weir: 1\nworkers: {{ {workers} }}\nbuilders:\n  lib:\n    steps: [ {{ run: make, name: make, timeout: {steps} }} ]\n");
            return file;
        }
        Assert.Equal(0, (await Weir(null, "config", "apply", await Write("20m", "a: {}, old: {}"))).Code);
        await Write("30m", "a: {}, b: {}");

        var local = await Weir(null, "config", "diff", file);

        var things = local.Output.Split("\n\n")[0].Split('\n');
        Assert.Contains("~ builder lib", things);
        Assert.Contains("    ~ step make: timeout 20m → 30m", things);
        Assert.Contains("+ worker b added", things);
        Assert.Contains("- worker old removed", things);
        Assert.Contains("-    steps: [ { run: make, name: make, timeout: 20m } ]", local.Lines);
        Assert.Equal(local.Output + "\nWorker old is removed.\n", (await Weir(null, "config", "apply", file, "--dry-run")).Output);
        Assert.StartsWith("--- ", (await Weir(null, "config", "diff", file, "--text")).Output, StringComparison.Ordinal);

        Assert.Equal(0, (await Weir(null, "config", "apply", file)).Code);
        var revision = (long)(await Weir(null, "config", "history", "--json")).Json["revisions"]![0]!["revisionid"]!;
        Assert.Equal(local.Output, (await Weir(null, "config", "diff", $"{revision}")).Output);
        Assert.Equal(local.Output, (await Weir(null, "config", "diff", $"{revision - 1}", $"{revision}")).Output);
        Assert.Equal("changed", (string)(await Weir(null, "config", "diff", $"{revision}", "--json")).Json["differences"]![0]!["changes"]!.AsArray().Single(c => (string)c!["section"]! == "builder")!["kind"]!);

        // One that has mistakes is compared as text.
        await File.WriteAllTextAsync(file, "weir: 1\nbuilder: {}\n");
        Assert.StartsWith("--- ", (await Weir(null, "config", "diff", file)).Output, StringComparison.Ordinal);
    }

    public void Dispose() => shell.Dispose();

    private Task<CommandShell.Result> Weir(string? input, params string[] arguments) => shell.Run(input, arguments);
}
