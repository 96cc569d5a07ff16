using Weir.Shared.Logs;
using Weir.Shared.Protocol;
using Weir.Worker.Tests.Support;

namespace Weir.Worker.Tests;

public sealed class OutputTests
{
    [Fact]
    public async Task A_command_runs_and_everything_of_it_arrives()
    {
        await using var engine = await FakeEngine.Start();
        await using var worker = new WorkerUnderTest(engine).Start();

        var command = engine.Shell("echo hello; echo oops >&2; exit 3");
        var end = await command.End();

        Assert.Equal((EndKind.Exited, 3), (end.Kind, end.ExitCode));
        Assert.Equal("hello\n", command.Text());
        Assert.Equal("oops\n", command.Text(LogStream.Stderr));
        Assert.Empty(engine.Complaints);
    }
}
