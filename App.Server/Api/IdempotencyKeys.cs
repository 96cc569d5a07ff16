using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Weir.App.Server.Identity;
using Weir.Shared.Identity;

namespace Weir.App.Server.Api;

/// <summary>Takes the header <c>Idempotency-Key</c>: what is asked again under the same key by the same caller is done once.</summary>
internal static class IdempotencyKeys
{
    public const string Header = "Idempotency-Key";

    /// <summary>Who asks, with the key if one was given. Both forms of an action (JSON-RPC and plain) are the same request.</summary>
    public static Actor Take(HttpContext context, JsonObject body, Arguments arguments, string method = "")
    {
        var actor = Actors.Of(context);
        var key = context.Request.Headers[Header].ToString();
        if (key.Length == 0)
            return actor;
        if (key.Length > ActionKey.Longest || key.Any(char.IsControl))
            arguments.Wrong(Header, $"At most {ActionKey.Longest} characters are expected, none of them a control character.");
        var path = context.Request.Path.Value ?? "";
        var plain = path.IndexOf("/actions/", StringComparison.OrdinalIgnoreCase);
        var asked = $"{method} {(plain < 0 ? path : path[..plain])} {body.ToJsonString()}";
        return actor with { Key = new(key, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(asked)))) };
    }
}
