using Weir.Client.Tests.Waterfall;

namespace Weir.Client.Tests.Logs;

public sealed class ScriptTests
{
    [Fact]
    public async Task The_logs_scripts_keep_their_word() =>
        Assert.Equal("", await AxisCases.RunNode(Path.Combine("..", "Logs", "log-cases.ts"), Xunit.TestContext.Current.CancellationToken));
}
