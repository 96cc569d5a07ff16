using Microsoft.Extensions.Logging;
using Weir.Engine.Configuration.Revisions;
using Weir.Engine.Masters;
using Weir.Engine.Storage;

namespace Weir.Engine.Builds;

/// <summary>Puts a revision in force that was held back, as soon as the builds have ended that its own could wait for in a circle. While there is none it listens for nothing that builds do.</summary>
internal sealed partial class HeldRevision(RevisionActions revisions, Wakeups wakeups, TimeProvider time, ILogger<HeldRevision> logger) : Duty(wakeups, time, logger, WakeTopic.Configuration, WakeTopic.Held)
{
    /// <summary>What the sweep asks.</summary>
    public const string Question = "EXISTS (SELECT FROM config_revisions WHERE state = 'HeldBack')";

    private readonly Wakeups wakeups = wakeups;

    protected override async Task<TimeSpan?> RunOnce(CancellationToken cancellation)
    {
        using var ends = wakeups.Subscribe(WakeTopic.Queue, WakeTopic.Held, WakeTopic.Configuration);
        while (await revisions.LetGo(cancellation) is { } revision)
        {
            if (revision.IsInForce)
            {
                LogInForce(revision.Id);
                return null;
            }
            await ends.Wait(null, cancellation);
        }
        return null;
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Configuration: revision {Revision}, which was held back, is in force: the builds have ended that its own could have waited for for ever.")]
    private partial void LogInForce(long revision);
}
