using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Weir.App.Server.Identity;
using Weir.Shared.Identity;

namespace Weir.App.Server.Api;

/// <summary>A POST to <c>/tokens</c> makes a token for whoever asks, with that user's rights and an end date; its text is shown once.</summary>
internal static class TokensApi
{
    private const int UsualDays = 90;
    private const int MostDays = 3650;
    private const int LongestLabel = 200;

    private sealed record MadeToken(long Id, string User, string Label, string Text, DateTimeOffset ExpiresAt);

    private static readonly Resource<MadeToken> Tokens = new("tokens",
        ("tokenid", t => t.Id),
        ("user", t => t.User),
        ("label", t => t.Label),
        ("token", t => t.Text),
        ("expires_at", t => Rest.Seconds(t.ExpiresAt)),
        ("expires_at_ms", t => Rest.Milliseconds(t.ExpiresAt)));

    public static void MapTokens(this RouteGroupBuilder api)
    {
        api.MapPost("/tokens", Make).WithSummary("Makes a token for the caller");
        api.Get("/whoami", 0, "Who the caller is, and what the caller may do", (HttpContext context) =>
        {
            var actor = Actors.Of(context);
            return Rest.Json(new JsonObject { ["name"] = actor.Name, ["rights"] = Rest.Array(actor.Rights.Order()) });
        });
    }

    private static async Task<IResult> Make(HttpContext context, IUserStore users, TimeProvider time)
    {
        if (context.User.Identity?.IsAuthenticated != true)
            return Problems.Answer(StatusCodes.Status401Unauthorized, "Identify yourself by name and password.");
        // Else whoever finds a token that ends tomorrow makes one of it that never ends.
        if (context.User.HasClaim(c => c.Type == Actors.TokenClaim))
            return Problems.Answer(StatusCodes.Status403Forbidden, "A token cannot make tokens; use name and password.");
        var (body, refusal) = await JsonBody.Read(context.Request, mayBeEmpty: false, context.RequestAborted);
        if (body is null)
            return refusal!;
        var arguments = new Arguments(body);
        var label = arguments.Text("label", required: true);
        if (label is { Length: > LongestLabel })
            arguments.Wrong("label", $"At most {LongestLabel} characters.");
        var days = arguments.Number("expires_in_days") ?? UsualDays;
        if (days is < 1 or > MostDays)
            arguments.Wrong("expires_in_days", $"A whole number from 1 to {MostDays} is expected.");
        if (arguments.Problems is { Count: > 0 } problems)
            return Problems.Invalid(problems);
        var actor = Actors.Of(context);
        var text = "weir_" + RandomNumberGenerator.GetString("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789", 40);
        var expires = time.GetUtcNow().AddDays(days);
        var id = await users.AddToken(actor.Name, label!, Credentials.HashOf(text), expires, actor, context.RequestAborted);
        return Tokens.Created(new(id, actor.Name, label!, text, expires), "/api/v2/whoami");
    }
}
