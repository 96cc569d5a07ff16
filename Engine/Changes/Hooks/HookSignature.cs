using System.Security.Cryptography;
using System.Text;

namespace Weir.Engine.Changes.Hooks;

/// <summary>Proof that a hook comes from who knows the secret. Everything is compared in constant time, over the bytes as they came. Pure.</summary>
internal static class HookSignature
{
    /// <summary>The headers by which each dialect proves itself, the best first; what a name stands for is read the same everywhere.</summary>
    private static readonly IReadOnlyDictionary<string, string[]> Headers = new Dictionary<string, string[]>
    {
        ["github"] = [Hub256],
        ["gitlab"] = [Standard, GitLabToken],
        ["gitea"] = ["X-Gitea-Signature", "X-Forgejo-Signature", Hub256],
        ["gogs"] = ["X-Gogs-Signature"],
        ["bitbucket"] = [Hub, Hub256],
        ["base"] = [Hub256],
    };

    private const string Hub = "X-Hub-Signature";
    private const string Hub256 = "X-Hub-Signature-256";
    private const string Standard = "webhook-signature";
    private const string GitLabToken = "X-Gitlab-Token";

    /// <summary>What of the headers is needed to check a hook later. A secret that travels in the clear is not kept: its hash will do.</summary>
    public static Dictionary<string, string> ToKeep(HookHeaders headers, string dialect)
    {
        var kept = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var name in Headers[dialect].Append("webhook-id").Append("webhook-timestamp"))
        {
            if (headers.One(name) is { Length: > 0 } value)
                kept[name == GitLabToken ? HashedToken : name] = name == GitLabToken ? Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(value))) : value;
        }
        return kept;
    }

    private const string HashedToken = "X-Gitlab-Token-Hash";

    /// <summary>Null: it is genuine. Else why it is not believed, in words that give nothing away.</summary>
    public static string? Complaint(string dialect, HookHeaders headers, byte[] body, string secret)
    {
        foreach (var name in Headers[dialect])
        {
            if (headers.Count(name) > 1)
                return $"the header {name} came more than once";
            if (headers.One(name) is { Length: > 0 } value)
                return Holds(name, value, headers, body, secret) ? null : name == GitLabToken ? $"the token in {name} is not the secret" : $"the signature in {name} does not fit the body and the secret";
        }
        if (dialect == "gitlab" && headers.One(HashedToken) is { } hash)
            return Same(hash, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(secret)))) ? null : $"the token in {GitLabToken} is not the secret";
        if (headers.Count(Hub) > 0 && dialect != "bitbucket")
            return $"it is signed by SHA-1 only; {Headers[dialect][0]} (SHA-256) was expected";
        return $"it is not signed: there is no header {string.Join(" or ", Headers[dialect])}";
    }

    private static bool Holds(string name, string value, HookHeaders headers, byte[] body, string secret) => name switch
    {
        GitLabToken => Same(value, secret),
        Standard => HoldsStandard(value, headers, body, secret),
        Hub or Hub256 => value.StartsWith("sha256=", StringComparison.OrdinalIgnoreCase) && Same(value["sha256=".Length..].ToLowerInvariant(), Hex(body, secret)),
        _ => Same(value.ToLowerInvariant(), Hex(body, secret)),
    };

    private static string Hex(byte[] body, string secret) => Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), body));

    // The Standard Webhooks form that GitLab's signing tokens use: v1,<base64> over id, time and body; the key is what stands behind whsec_ in base64.
    private static bool HoldsStandard(string value, HookHeaders headers, byte[] body, string secret)
    {
        if (headers.One("webhook-id") is not { Length: > 0 } id || headers.One("webhook-timestamp") is not { Length: > 0 } time)
            return false;
        var key = Key(secret);
        var signed = Encoding.UTF8.GetBytes($"{id}.{time}.").Concat(body).ToArray();
        var expected = Convert.ToBase64String(HMACSHA256.HashData(key, signed));
        var holds = false;
        foreach (var signature in value.Split(' ', StringSplitOptions.RemoveEmptyEntries).Where(s => s.StartsWith("v1,", StringComparison.Ordinal)))
            holds |= Same(signature[3..], expected);
        return holds;
    }

    private static byte[] Key(string secret)
    {
        const string prefix = "whsec_";
        var encoded = secret.StartsWith(prefix, StringComparison.Ordinal) ? secret[prefix.Length..] : "";
        var key = new byte[encoded.Length];
        return encoded.Length > 0 && Convert.TryFromBase64String(encoded, key, out var length) ? key[..length] : Encoding.UTF8.GetBytes(secret);
    }

    private static bool Same(string given, string expected) => CryptographicOperations.FixedTimeEquals(
        SHA256.HashData(Encoding.UTF8.GetBytes(given)), SHA256.HashData(Encoding.UTF8.GetBytes(expected)));
}

/// <summary>The headers of a hook, each with all its values; their case does not matter.</summary>
internal sealed class HookHeaders(IEnumerable<KeyValuePair<string, string[]>> headers)
{
    private readonly Dictionary<string, string[]> values = new(headers, StringComparer.OrdinalIgnoreCase);

    public HookHeaders(IEnumerable<KeyValuePair<string, string>> headers) : this(headers.Select(h => KeyValuePair.Create(h.Key, new[] { h.Value })))
    {
    }

    public int Count(string name) => values.TryGetValue(name, out var given) ? given.Length : 0;

    /// <summary>Null: it is absent, or there are several.</summary>
    public string? One(string name) => values.TryGetValue(name, out var given) && given.Length == 1 ? given[0].Trim() : null;

    public string? First(params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
        {
            if (One(name) is { Length: > 0 } value)
                return value;
        }
        return null;
    }
}
