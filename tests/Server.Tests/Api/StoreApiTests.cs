using System.Net;

namespace Weir.Server.Tests.Api;

public sealed class StoreApiTests(MasterFixture fixture) : IClassFixture<MasterFixture>
{
    private TestMaster Master => fixture.Master;

    [Fact]
    public async Task An_admin_sees_schema_sizes_work_and_sessions()
    {
        var store = (await (await Master.Admin().GetAsync("/api/v2/store")).Json())["store"]![0]!;

        Assert.True((bool)store["fits"]!);
        Assert.All(store["steps"]!.AsArray(), s => Assert.NotNull(s!["applied_at"]));
        var tables = store["tables"]!.AsArray().ToDictionary(t => (string)t!["name"]!);
        Assert.True((int)tables["events"]!["partitions"]! >= 2);
        Assert.True((long)tables["users"]!["bytes"]! > 0);
        Assert.Contains(store["work"]!.AsArray(), w => (string?)w!["name"] == "requests that wait");
        Assert.Contains(store["sessions"]!.AsArray(), s => ((string?)s!["application"])!.StartsWith("weir/", StringComparison.Ordinal));
        Assert.Equal(HttpStatusCode.Forbidden, (await Master.As("developer").GetAsync("/api/v2/store")).StatusCode);
    }

    [Fact]
    public async Task A_sound_store_passes_and_a_broken_rule_is_named_with_an_example()
    {
        await using var own = await TestMaster.Start();
        Assert.All((await (await own.Admin().GetAsync("/api/v2/store/checks")).Json())["checks"]!.AsArray(), c => Assert.Equal(0, (long)c!["broken"]!));

        await own.Store.Execute("INSERT INTO buildsets (reason, submitted_at) VALUES ('lost', weir_now())");

        var broken = Assert.Single((await (await own.Admin().GetAsync("/api/v2/store/checks")).Json())["checks"]!.AsArray(), c => (long)c!["broken"]! > 0)!;
        Assert.StartsWith("buildset ", (string)broken["examples"]![0]!);
    }

    [Fact]
    public async Task The_dumps_command_names_the_store_and_no_password()
    {
        var command = (string)(await (await Master.Admin().GetAsync("/api/v2/store/dump")).Json())["command"]!;

        Assert.Contains($"--schema={Master.Store.Options.Schema} ", command);
        Assert.DoesNotContain("password", command, StringComparison.OrdinalIgnoreCase);
    }
}
