using Weir.Shared.Protocol;

namespace Weir.Engine.Workers;

/// <summary>The builds of a worker's session, implemented by Builds. Workers tell; they never ask what a build is.</summary>
public interface IOwnedBuilds
{
    /// <summary>After a hello: these builds are ours under these epochs. Called before the worker is welcomed, so no piece of it comes too early.</summary>
    Task Adopt(WorkerSession session, IReadOnlyList<AdoptedBuild> builds, CancellationToken cancellation);

    /// <summary>A piece of a command's file came. Waits while too much is queued.</summary>
    ValueTask Append(WorkerSession session, Piece piece, CancellationToken cancellation);

    /// <summary>The worker would not run a command.</summary>
    Task Refused(WorkerSession session, long command, string reason, CancellationToken cancellation);
}

/// <summary>A build that came over with a hello.</summary>
public sealed record AdoptedBuild(long BuildId, long Epoch, IReadOnlyList<AdoptedCommand> Commands);

/// <summary>A command of it that has not ended in the store: held by the worker, or never arrived there and to be sent (again).</summary>
public sealed record AdoptedCommand(long Id, bool Held);
