using System.Runtime.CompilerServices;
using Weir.Engine.Logs;
using Weir.Engine.Storage;
using Weir.Shared.Builds;
using Weir.Shared.Logs;

namespace Weir.App.Server.Api;

/// <summary>The logs of a build one behind the other, in the order in which they were opened; lines are counted through all of them. Ends with the build.</summary>
internal sealed class FollowedBuild(IBuildQueries builds, ILogQueries logs, LogFollower follower, Wakeups wakeups)
{
    private static readonly TimeSpan Sweep = TimeSpan.FromSeconds(2);

    public async IAsyncEnumerable<(ReadOnlyMemory<byte> Text, long Next)> Follow(long buildId, long from, [EnumeratorCancellation] CancellationToken cancellation)
    {
        using var news = wakeups.Subscribe(WakeTopic.Numbered);
        var done = new HashSet<long>();
        var before = 0L;
        while (await builds.Find(buildId, cancellation) is { } build)
        {
            foreach (var log in (await logs.OfBuild(buildId, cancellation)).Where(l => !done.Contains(l.Id)))
            {
                // Only a complete log's lines are counted for good; an open one is followed to its end.
                var lines = log.LineCount;
                if (log.CompletedAt is null || from < before + lines)
                {
                    var begin = Math.Max(0, from - before);
                    lines = begin;
                    await foreach (var (text, next) in follower.Follow(log.Id, begin, withStreams: false, cancellation))
                    {
                        lines = next;
                        from = before + next;
                        yield return (text, from);
                    }
                }
                before += lines;
                done.Add(log.Id);
            }
            if (build.CompletedAt is not null)
                yield break;
            await news.Wait(Sweep, cancellation);
        }
    }
}
