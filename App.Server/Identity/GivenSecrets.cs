using System.Security.Cryptography;
using Microsoft.AspNetCore.DataProtection;
using Weir.Shared.Identity;

namespace Weir.App.Server.Identity;

/// <summary>
/// Makes the texts of tokens, which the store knows by their hashes only. One that was asked for under a key is kept with the answer, sealed with the keys that protect sessions,
/// so that whoever lost the answer and asks again has the same text; the seal goes with the key, within days.
/// </summary>
internal sealed class GivenSecrets(IDataProtectionProvider protection)
{
    private const string Letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    private const int UserTokenLength = 40;
    private const int WorkerTokenBytes = 24;
    private readonly IDataProtector protector = protection.CreateProtector("weir.given-secrets");

    public static string NewUserToken() => "weir_" + RandomNumberGenerator.GetString(Letters, UserTokenLength);

    public static string NewWorkerToken() => "weirw_" + RandomNumberGenerator.GetHexString(WorkerTokenBytes * 2, lowercase: true);

    /// <summary>Null where nobody will ask again.</summary>
    public string? Seal(string text, Actor by) => by.Key is null ? null : protector.Protect(text);

    public string Open(string seal) => protector.Unprotect(seal);
}
