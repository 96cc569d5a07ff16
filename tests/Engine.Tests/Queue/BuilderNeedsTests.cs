using Weir.Engine.Queue;
using Weir.Shared.Configuration;
using Weir.Shared.Protocol;
using Weir.Support;

namespace Weir.Engine.Tests.Queue;

public sealed class BuilderNeedsTests
{
    private static readonly GitStepConfiguration Git = new() { Name = "git", Codebase = "lib" };

    public static TheoryData<string, StepConfiguration, string[]> Steps => new()
    {
        { "plain", World.Run("make"), [] },
        { "an expression is no secret", World.Run("make", "echo ${{ properties.branch }}"), [] },
        { "a secret in the text", World.Run("deploy", "curl -H ${{ secrets.token }}"), [WorkerAbilities.Secrets] },
        { "a secret in the environment", World.Run("deploy") with { Env = new Dictionary<string, string> { ["T"] = "Bearer ${{ secrets.token }}" } }, [WorkerAbilities.Secrets] },
        { "followed files", World.Run("test") with { Logs = new Dictionary<string, string> { ["report"] = "out.txt" } }, [WorkerAbilities.FollowedLogs] },
        { "warnings and a signal", World.Run("test") with { Warnings = new(), InterruptSignal = "INT" }, [WorkerAbilities.Signals, WorkerAbilities.Warnings] },
        { "the usual signal", World.Run("test") with { InterruptSignal = "TERM" }, [] },
        { "git", Git with { Mode = "fresh" }, [] },
        { "git without leftovers", Git with { Mode = "clobber" }, [WorkerAbilities.GitModes] },
        { "git with tags", Git with { Tags = true }, [WorkerAbilities.GitModes] },
        { "git with a key", Git with { Credentials = new() { SshKey = "key" } }, [WorkerAbilities.GitCredentials, WorkerAbilities.Secrets] },
        { "set", new SetStepConfiguration { Name = "set", Assignments = [new() { Name = "p", Shell = "cat ${{ secrets.file }}" }] }, [WorkerAbilities.Secrets] },
    };

    [Theory]
    [MemberData(nameof(Steps))]
    public void A_builder_needs_what_its_steps_may_need(string name, StepConfiguration step, string[] needs)
    {
        Assert.Equal(needs, BuilderNeeds.Of(new() { Name = "b", Steps = [World.Run("first"), step] }));
        Assert.NotEmpty(name);
    }

    [Fact]
    public void The_environment_of_all_steps_counts() =>
        Assert.Equal([WorkerAbilities.Secrets], BuilderNeeds.Of(new() { Name = "b", Env = new Dictionary<string, string> { ["T"] = "${{ secrets.token }}" }, Steps = [World.Run("first")] }));
}
