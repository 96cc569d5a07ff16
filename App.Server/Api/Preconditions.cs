namespace Weir.App.Server.Api;

/// <summary>What whoever writes must say of what he has read: <c>If-Match</c> with an ETag (or <c>*</c>), or <c>If-None-Match: *</c> for what must not exist yet (RFC 9110, section 13).</summary>
internal static class Preconditions
{
    /// <summary>The refusal of a request that says neither, or both; null: it says one.</summary>
    public static IResult? Missing(HttpContext context)
    {
        var (match, none) = (context.Request.Headers.IfMatch.ToString(), context.Request.Headers.IfNoneMatch.ToString());
        return (none.Length > 0 ? none != "*" || match.Length > 0 : match.Length == 0)
            ? Problems.Answer(StatusCodes.Status428PreconditionRequired, "Send If-Match with the ETag that a GET gave, If-Match: * for whatever stands there, or If-None-Match: * for what must not exist yet.")
            : null;
    }

    /// <summary>The ETag of what was read; null: there must be nothing yet.</summary>
    public static string? ETag(HttpContext context) => context.Request.Headers.IfMatch.ToString() is { Length: > 0 } match ? match.Trim('"') : null;

    /// <summary>Whether <c>dryRun=true</c> is asked for.</summary>
    public static bool IsDry(HttpContext context, Arguments arguments)
    {
        if (context.Request.Query["dryRun"].ToString() is not { Length: > 0 } dry)
            return false;
        if (!bool.TryParse(dry, out var isDry))
            arguments.Wrong("dryRun", "true or false is expected.");
        return isDry;
    }
}
