using Weir.Engine.Masters;
using Weir.Support;

namespace Weir.Engine.Tests.Masters;

/// <summary>A master's name is a label: under a new one it is the same master, and nobody becomes a ghost.</summary>
public sealed class IdentityTests : IDisposable
{
    private readonly string directory = Directory.CreateTempSubdirectory("weir-id-").FullName;

    public void Dispose() => Directory.Delete(directory, recursive: true);

    [Fact]
    public void It_is_kept_with_the_data()
    {
        var first = MasterIdentity.Of(directory);

        Assert.Equal(first, MasterIdentity.Of(directory));
        File.WriteAllText(Path.Combine(directory, "master.id"), "nonsense");
        var second = MasterIdentity.Of(directory);
        Assert.NotEqual(first, second);
        Assert.Equal(second, MasterIdentity.Of(directory));
    }

    [Fact]
    public async Task The_same_data_under_another_name_is_the_same_master_unless_it_runs_beside()
    {
        await using var world = await World.Create(World.Builders());
        var first = await world.StartEngine("old-host", data: directory);
        var beside = await world.StartEngine("beside", data: directory);
        Assert.Equal(["beside", "old-host"], (await world.Rows<string>("SELECT name FROM masters ORDER BY name")));
        await beside.Stop();
        await first.Stop();

        var moved = await world.StartEngine("new-host", data: directory);

        Assert.Equal(["beside", "new-host"], (await world.Rows<string>("SELECT name FROM masters ORDER BY name")));
        Assert.Equal(2, await world.Sql<long>("SELECT incarnation FROM masters WHERE id = @id", new { id = await moved.Get<Self>().Id(CancellationToken.None) }));
    }
}
