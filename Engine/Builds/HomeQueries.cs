using Microsoft.Extensions.DependencyInjection;
using Weir.Engine.Storage;
using Weir.Shared.Builds;

namespace Weir.Engine.Builds;

/// <summary>Reads the first page.</summary>
public sealed class HomeQueries(Database database) : IHomeQueries
{
    public Task<HomeView> Home(CancellationToken cancellation) => database.Snapshot(async snapshot =>
    {
        var builders = await BuilderRows.Read(snapshot, BuilderRows.InUse, new(), withStrip: false);
        var now = await HomeRows.Read(snapshot);
        return new HomeView
        {
            Builders = builders,
            Red = await RedRows.Read(snapshot, [.. builders.Where(b => b.Last?.Results is BuildResult.Failure or BuildResult.Exception)]),
            Running = [.. builders.SelectMany(b => b.Running).Concat(now.RunningOfRetired).OrderBy(b => b.Id)],
            Recent = now.Recent,
            Waiting = now.Waiting,
            OldestWaitingSince = now.OldestWaitingSince,
            Attention = now.Attention,
            LastFailure = now.LastFailure,
            Title = now.Title,
        };
    }, cancellation);

    public Task<MyWork> Mine(string user, CancellationToken cancellation) => database.Snapshot(snapshot => MineRows.Read(snapshot, user), cancellation);
}

/// <summary>Registers the reading of the first page.</summary>
public static class HomeQueriesRegistration
{
    public static IServiceCollection AddHomeQueries(this IServiceCollection services) => services.AddSingleton<IHomeQueries, HomeQueries>();
}
