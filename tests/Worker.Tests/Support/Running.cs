namespace Weir.Worker.Tests.Support;

/// <summary>One engine and one worker for all tests of a class that leave them as they were.</summary>
public sealed class Running : IAsyncLifetime
{
    public FakeEngine Engine { get; private set; } = null!;
    public WorkerUnderTest Worker { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Engine = await FakeEngine.Start();
        Worker = new WorkerUnderTest(Engine).Start(environment: new Dictionary<string, string> { ["FROM_WORKER"] = "yes", ["TO_REMOVE"] = "there" });
    }

    public async ValueTask DisposeAsync()
    {
        await Worker.DisposeAsync();
        await Engine.DisposeAsync();
        Assert.Empty(Engine.Complaints);
    }
}
