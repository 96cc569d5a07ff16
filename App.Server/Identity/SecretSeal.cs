using System.Security.Cryptography;
using Microsoft.AspNetCore.DataProtection;
using Weir.Engine.Configuration.Secrets;

namespace Weir.App.Server.Identity;

/// <summary>Seals the secrets of the store with the keys that protect sessions, which all masters over one store share.</summary>
internal sealed class SecretSeal(IDataProtectionProvider protection) : ISecretSeal
{
    public string Seal(string name, string value) => For(name).Protect(value);

    public string? Open(string name, string seal)
    {
        try
        {
            return For(name).Unprotect(seal);
        }
        catch (CryptographicException)
        {
            return null;
        }
    }

    private IDataProtector For(string name) => protection.CreateProtector("weir.secrets", name);
}
