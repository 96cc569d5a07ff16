using Weir.Engine.Configuration.Secrets;
using Weir.Shared.Configuration;

namespace Weir.Engine.Changes.Hooks;

/// <summary>The secrets by which senders of hooks prove themselves.</summary>
internal static class HookSecrets
{
    /// <summary>The secret, or in a sentence why it cannot be had.</summary>
    public static (string? Secret, string Why) Find(WeirConfiguration model, string name, IReadOnlyDictionary<string, SecretAnswer> stored) => SecretReader.Find(model.Secrets, name, stored) switch
    {
        SecretAnswer.Found found => (found.Value.Reveal(), ""),
        SecretAnswer.Missing missing => (null, missing.Why),
        _ => throw new System.Diagnostics.UnreachableException(),
    };
}
