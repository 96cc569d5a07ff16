using Weir.Engine.Configuration.Secrets;

namespace Weir.Support;

/// <summary>Seals that anybody can open: for tests that are about who gets what. With another <paramref name="key"/> nothing opens.</summary>
public sealed class PlainSeal(string key) : ISecretSeal
{
    public PlainSeal() : this("key") { }

    public string Seal(string name, string value) => $"{key}/{name}/{Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(value))}";

    public string? Open(string name, string seal) => seal.StartsWith($"{key}/{name}/", StringComparison.Ordinal) ? System.Text.Encoding.UTF8.GetString(Convert.FromBase64String(seal[(key.Length + name.Length + 2)..])) : null;
}
