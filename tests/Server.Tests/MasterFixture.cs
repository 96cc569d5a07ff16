namespace Weir.Server.Tests;

/// <summary>One master for the tests of a class that do not disturb one another.</summary>
public sealed class MasterFixture : IAsyncLifetime
{
    public TestMaster Master { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Master = await TestMaster.Start();
        await Master.AddUser("viewer");
        await Master.AddUser("developer", "force", "stop");
    }

    public ValueTask DisposeAsync() => Master.DisposeAsync();
}
