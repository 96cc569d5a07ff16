using System.Security.Cryptography;
using System.Text;
using Weir.Support;

namespace Weir.Engine.Tests.Changes.Hooks;

/// <summary>Bodies of the shapes that the forges document.</summary>
internal static class Payloads
{
    public static readonly string A = new('a', 40), B = new('b', 40), C = new('c', 40);

    public static byte[] Of(string file) => File.ReadAllBytes(Path.Combine(RepositoryRoot.Path, "tests", "Engine.Tests", "Changes", "Hooks", "Payloads", file + ".json"));

    public static string Hex(byte[] body, string secret) => Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), body));
}
