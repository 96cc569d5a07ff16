using Microsoft.Extensions.Logging.Abstractions;
using Weir.Engine.Storage;
using Weir.Support;

namespace Weir.Engine.Tests.Storage;

/// <summary>E3: the store of every released version is brought to this one, whole. <c>Dumps/VERSION.sql</c> holds one for each, with builds, logs and a queue in it.</summary>
public sealed class UpgradeTests
{
    private static string Folder => RepositoryRoot.Below("tests/Engine.Tests/Storage/Dumps");

    public static TheoryData<string> Versions() => [.. Directory.GetFiles(Folder, "*.sql").Select(f => Path.GetFileNameWithoutExtension(f))];

    [Theory]
    [MemberData(nameof(Versions))]
    public async Task A_store_of_a_released_version_is_brought_up(string version)
    {
        await using var store = await TestStore.Create();
        await Load(store, version);
        var before = await Contents(store);
        Assert.DoesNotContain("0 builds", before);

        await new Schema(store.Database, store.Clock, NullLogger<Schema>.Instance).Migrate(CancellationToken.None);

        Assert.True(await new Schema(store.Database, store.Clock, NullLogger<Schema>.Instance).Fits(CancellationToken.None));
        Assert.Equal(before, await Contents(store));
        await StoreSoundness.Assert(store.Database);
        // Once more is nothing more.
        await new Schema(store.Database, store.Clock, NullLogger<Schema>.Instance).Migrate(CancellationToken.None);
    }

    private static async Task Load(TestStore store, string version)
    {
        var schema = store.Options.Schema;
        await store.Execute($"DROP SCHEMA \"{schema}\" CASCADE");
        await store.Execute((await File.ReadAllTextAsync(Path.Combine(Folder, version + ".sql"))).Replace("@schema@", schema, StringComparison.Ordinal));
    }

    private static async Task<string> Contents(TestStore store) => (await store.Scalar<string>("""
        SELECT (SELECT count(*) FROM builds) || ' builds, ' || (SELECT count(*) FROM requests) || ' requests, ' || (SELECT count(*) FROM steps) || ' steps, ' ||
            (SELECT coalesce(sum(line_count), 0) FROM log_chunks) || ' lines, ' || (SELECT count(*) FROM config_revisions) || ' revisions, ' || (SELECT count(*) FROM changes) || ' changes, ' ||
            (SELECT count(*) FROM users) || ' users, ' || (SELECT count(*) FROM workers) || ' workers'
        """))!;
}
