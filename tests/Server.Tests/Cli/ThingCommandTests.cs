namespace Weir.Server.Tests.Cli;

/// <summary>Single things of the configuration, and what it would do, from a shell.</summary>
public sealed class ThingCommandTests(MasterFixture fixture) : IClassFixture<MasterFixture>, IDisposable
{
    private readonly CommandShell shell = new();

    private TestMaster Master => fixture.Master;

    [Fact]
    public async Task A_thing_is_listed_printed_changed_renamed_and_removed()
    {
        await Weir(TestMaster.Password, "login", "--server", Master.Url, "--password-stdin");
        var file = Path.Combine(shell.Home.FullName, "ci.yaml");
        await File.WriteAllTextAsync(file, "weir: 1\nworkers: { w1: {} }\nbuilders:\n  lib:\n    # slow\n    steps:\n      - run: make # all\n        timeout: 20m\nschedulers:\n  f: { type: force, builders: [lib] }\n");
        Assert.Equal(0, (await Weir(null, "config", "apply", file)).Code);

        Assert.Contains("lib", (await Weir(null, "config", "get", "builders")).Output, StringComparison.Ordinal);
        Assert.Equal("lib:\n  # slow\n  steps:\n    - run: make # all\n      timeout: 20m\n", (await Weir(null, "config", "get", "builders", "lib")).Output);
        var dry = await Weir(null, "config", "set", "builders", "lib", "steps[0].timeout=30m", "--dry-run");
        Assert.Equal(0, dry.Code);
        Assert.Contains("+        timeout: 30m", dry.Output, StringComparison.Ordinal);
        Assert.Equal(0, (await Weir(null, "config", "set", "builders", "lib", "steps[0].timeout=30m", "priority=5", "tags=[\"a\"]", "--reason", "slower")).Code);
        Assert.Equal("lib:\n  # slow\n  steps:\n    - run: make # all\n      timeout: 30m\n  priority: 5\n  tags: [a]\n", (await Weir(null, "config", "get", "builders", "lib")).Output);
        Assert.Contains("slower", (await Weir(null, "config", "history")).Output, StringComparison.Ordinal);

        var wrong = await Weir(null, "config", "set", "builders", "lib", "steps[0].timeout=soon");
        Assert.Equal((1, true), (wrong.Code, wrong.Errors.StartsWith("steps[0].timeout: ", StringComparison.Ordinal)));
        Assert.Equal(2, (await Weir(null, "config", "set", "builders", "lib", "steps[7].timeout=1m")).Code);
        Assert.Equal(0, (await Weir(null, "config", "set", "builders", "lib", "--rename", "libgst")).Code);
        Assert.Contains("builders: [libgst]", (await Weir(null, "config", "get", "schedulers", "f")).Output, StringComparison.Ordinal);

        var thing = Path.Combine(shell.Home.FullName, "pyg.yaml");
        await File.WriteAllTextAsync(thing, "steps:\n  - run: pyg\n");
        Assert.Equal(0, (await Weir(null, "config", "set", "builders", "pyg", "-f", thing)).Code);
        Assert.Contains("forms", (await Weir(null, "config", "parts")).Output, StringComparison.Ordinal);
        Assert.Contains("  pyg:\n    steps:\n      - run: pyg\n", (await Weir(null, "config", "export", "--whole")).Output, StringComparison.Ordinal);
        Assert.Equal(0, (await Weir(null, "config", "remove", "builders", "pyg", "--reason", "done")).Code);
        Assert.Equal(5, (await Weir(null, "config", "get", "builders", "pyg")).Code);
        Assert.Equal(1, (await Weir(null, "config", "remove", "builders", "libgst")).Code);
    }

    [Fact]
    public async Task What_a_configuration_would_do_is_said_in_sentences()
    {
        await Weir(TestMaster.Password, "login", "--server", Master.Url, "--password-stdin");
        var file = Path.Combine(shell.Home.FullName, "ci.yaml");
        await File.WriteAllTextAsync(file, "weir: 1\nworkers: { w1: {}, w2: {} }\nbuilders: { b: { workers: { names: [w2] }, steps: [ { run: x } ] } }\n");
        await Weir(null, "config", "apply", file);
        Assert.Contains("Nothing that runs", (await Weir(null, "config", "impact", file)).Output, StringComparison.Ordinal);
        await File.WriteAllTextAsync(file, "weir: 1\nworkers: { w1: {} }\nbuilders: { b: { workers: { names: [w1] }, steps: [ { run: x } ] } }\n");

        Assert.Equal("Worker w2 is removed.\n", (await Weir(null, "config", "impact", file)).Output);
        Assert.Contains("Worker w2 is removed.", (await Weir(null, "config", "apply", file, "--dry-run")).Output, StringComparison.Ordinal);
        await File.WriteAllTextAsync(file, "weir: 2\n");
        Assert.Equal(1, (await Weir(null, "config", "impact", file)).Code);
        Assert.Equal(5, (await Weir(null, "config", "impact", "99999")).Code);
    }

    public void Dispose() => shell.Dispose();

    private Task<CommandShell.Result> Weir(string? input, params string[] arguments) => shell.Run(input, arguments);
}
