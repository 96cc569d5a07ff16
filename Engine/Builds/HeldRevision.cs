using Microsoft.Extensions.Logging;
using Weir.Engine.Configuration.Revisions;
using Weir.Engine.Masters;
using Weir.Engine.Storage;

namespace Weir.Engine.Builds;

/// <summary>Puts a revision in force that is good and had to wait, as soon as nothing is in its way (<see cref="RevisionsToCome"/>). While there is none it listens for nothing that builds do.</summary>
internal sealed partial class HeldRevision(RevisionsToCome revisions, Wakeups wakeups, TimeProvider time, ILogger<HeldRevision> logger) : Duty(wakeups, time, logger, WakeTopic.Configuration, WakeTopic.Held)
{
    /// <summary>What the sweep asks.</summary>
    public const string Question = $"EXISTS (SELECT FROM config_revisions WHERE {RevisionToCome.Is})";

    private readonly Wakeups wakeups = wakeups;
    private readonly TimeProvider time = time;

    protected override async Task<TimeSpan?> RunOnce(CancellationToken cancellation)
    {
        using var ends = wakeups.Subscribe(WakeTopic.Queue, WakeTopic.Held, WakeTopic.Configuration);
        while (await revisions.LetGo(cancellation) is { } revision)
        {
            if (revision.IsInForce || revision.IsDropped)
            {
                if (revision.IsInForce)
                    LogInForce(revision.Revision);
                else
                    LogDropped(revision.Revision);
                return null;
            }
            await ends.Wait(revision.Deadline is { } deadline ? TimeSpan.FromTicks(Math.Max((deadline - time.GetUtcNow()).Ticks, TimeSpan.TicksPerMillisecond * 50)) : null, cancellation);
        }
        return null;
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Configuration: revision {Revision}, which had to wait, is in force.")]
    private partial void LogInForce(long revision);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Configuration: revision {Revision} was dropped: its deadline is over, and builds still run for which it waited.")]
    private partial void LogDropped(long revision);
}
