namespace Weir.Engine.Configuration.Secrets;

/// <summary>Seals secrets for the store, and opens them again. The host implements it: it has the keys.</summary>
public interface ISecretSeal
{
    /// <summary>The name is part of the seal: a value that somebody puts under another name in the store does not open.</summary>
    string Seal(string name, string value);

    /// <summary>Null: it was sealed with keys that are gone, or is not what was sealed.</summary>
    string? Open(string name, string seal);
}
