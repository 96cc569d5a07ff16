using Weir.Worker.Tests.Support;

namespace Weir.Worker.Tests;

/// <summary>The program is replaced by another version of itself.</summary>
public sealed class ReplacementTests
{
    [Fact]
    public async Task An_agent_whose_program_was_replaced_works_on_with_a_keeper_of_the_new_one()
    {
        await using var engine = await FakeEngine.Start();
        var folder = Directory.CreateTempSubdirectory("weir-replaced-").FullName;
        foreach (var file in Directory.EnumerateFiles(WorkerUnderTest.Built))
            File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
        var assembly = Path.Combine(folder, "weir-worker.dll");
        await using var worker = new WorkerUnderTest(engine) { Itself = ["dotnet", assembly] }.Start();
        await engine.Shell("true").End();

        OfAnotherVersion(assembly);
        await worker.KillKeeper();
        // What is ordered before the agent is here again with its new keeper may be lost with the old one.
        await Eventually.Holds(() => worker.Output.Contains("session 2.", StringComparison.Ordinal), "it is here again");

        Assert.Equal(0, (await engine.Shell("true").End()).ExitCode);
        Assert.Contains("is of another version than this agent", worker.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("replacing it", worker.Output, StringComparison.Ordinal);

        // The next agent is of the same version as that keeper.
        await worker.KillAgent();
        worker.Start();
        await Eventually.Holds(() => worker.Output.Contains("session 3.", StringComparison.Ordinal), "the next agent is here");
        Assert.Equal(0, (await engine.Shell("true").End()).ExitCode);
        Assert.DoesNotContain("replacing it", worker.Output, StringComparison.Ordinal);
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task Machine_code_goes_on_with_what_a_program_of_the_runtime_runs()
    {
        Assert.SkipUnless(WorkerUnderTest.IsMachineCode, "workers are programs of the runtime here: that takes ./test and a C compiler (Debian: apt-get install gcc libc6-dev)");
        await using var engine = await FakeEngine.Start();
        await using var worker = new WorkerUnderTest(engine) { Itself = ["dotnet", Path.Combine(WorkerUnderTest.Built, "weir-worker.dll")] }.Start();
        var command = engine.Shell("echo before; while [ ! -e go ]; do sleep 0.05; done; echo after");
        await Eventually.Holds(() => command.Text().Contains("before", StringComparison.Ordinal), "the command runs");
        var keeper = worker.Keeper;

        await worker.KillAgent();
        worker.Itself = WorkerUnderTest.Program;
        worker.Start();
        await engine.Shell("touch go").End();

        Assert.Equal(0, (await command.End()).ExitCode);
        Assert.Contains("after", command.Text(), StringComparison.Ordinal);
        Assert.Equal(keeper, worker.Keeper);
    }

    // The number that tells one build of an assembly from another stands in it once.
    private static void OfAnotherVersion(string assembly)
    {
        var bytes = File.ReadAllBytes(assembly);
        var at = bytes.AsSpan().IndexOf(typeof(Program).Module.ModuleVersionId.ToByteArray());
        Assert.True(at > 0);
        bytes[at] ^= 0xff;
        File.WriteAllBytes(assembly + ".new", bytes);
        File.Move(assembly + ".new", assembly, overwrite: true);
    }
}
