using System.Text;
using Weir.Worker.Tests.Support;

namespace Weir.Worker.Tests.Protocol;

/// <summary>A worker of this version at an engine of the first protocol.</summary>
public sealed class OldEngineTests
{
    [Fact]
    public async Task It_runs_what_it_is_told_and_calls_nothing_that_the_engine_does_not_know()
    {
        await using var engine = await EngineOfProtocol1.Start("echo from the old; sleep 2");
        await using var worker = new WorkerUnderTest(engine.Address.ToString()).Start();

        await Eventually.Holds(() => engine.File.Count > 0, "the command begins");
        var (exit, said) = await WorkerUnderTest.RunProgram(null, "stop", "--work", worker.Work);

        Assert.Equal(0, exit);
        Assert.EndsWith("It has gone.\n", said, StringComparison.Ordinal);
        var hello = engine.Calls[0].Arguments[0]!;
        Assert.Equal((1, 4), ((int)hello["oldestProtocol"]!, (int)hello["newestProtocol"]!));
        Assert.Equal(["Append", "Beat", "Hello"], engine.Calls.Select(c => c.Method).Distinct().Order());
        // Started, lines, ended: kind, length, body.
        var file = engine.File.ToArray();
        var kinds = new List<byte>();
        for (var at = 0; at < file.Length; at += 5 + BitConverter.ToInt32(file, at + 1))
            kinds.Add(file[at]);
        Assert.Equal((1, 3), (kinds[0], kinds[^1]));
        Assert.Contains((byte)2, kinds);
        Assert.Contains("\"ExitCode\":0", Encoding.UTF8.GetString(file), StringComparison.Ordinal);
        Assert.Empty(worker.Kept());
    }
}
