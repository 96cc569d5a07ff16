using System.Security.Cryptography;
using System.Text;
using Weir.Shared.Configuration;

namespace Weir.Engine.Configuration.Revisions;

/// <summary>What makes two configurations the same: the names, texts and order of their parts.</summary>
internal static class ContentHash
{
    public static string Of(IReadOnlyList<ConfigurationPart> parts)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var text in parts.SelectMany(p => new[] { p.Name, p.Text }))
        {
            var bytes = Encoding.UTF8.GetBytes(text);
            hash.AppendData(BitConverter.GetBytes(bytes.Length));
            hash.AppendData(bytes);
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
