using Weir.Shared.Identity;

namespace Weir.Shared.Configuration;

/// <summary>What people do with a revision that is good and not in force yet.</summary>
public interface IRevisionToCome
{
    /// <summary>It is not wanted any more: what it brought goes back to what is in force. What others have changed since, and what only waits because it is put together with it, comes in force.</summary>
    Task<(ActionOutcome Outcome, ApplyResult? Result)> Cancel(long id, string? reason, Actor by, CancellationToken cancellation);

    /// <summary>It waits for idle builders no more. It may still be held back, if its builds could wait for ever for builds that run.</summary>
    Task<(ActionOutcome Outcome, ApplyResult? Result)> Enforce(long id, string? reason, Actor by, CancellationToken cancellation);
}
