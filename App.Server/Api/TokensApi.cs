using System.Text.Json.Nodes;
using Weir.App.Server.Identity;
using Weir.Shared;
using Weir.Shared.Identity;

namespace Weir.App.Server.Api;

/// <summary><c>/tokens</c>: a POST makes one, with all rights of its user or fewer and an end date, and shows its text once; a DELETE takes it back.</summary>
internal static class TokensApi
{
    private const int UsualDays = 90;
    private const int MostDays = 3650;
    private const int LongestLabel = 200;

    private static readonly Resource<(TokenRecord Token, string? Text)> Tokens = new Resource<(TokenRecord Token, string? Text)>("tokens", "token")
        .Number("tokenid", t => t.Token.Id, "The number of this token.")
        .Text("user", t => t.Token.User, "Whose it is.")
        .Text("label", t => t.Token.Label, "What it is for.")
        .Text("token", t => t.Text, "Its text, in the answer that makes it and never again.")
        .Json("scopes", t => t.Token.Scopes is { } scopes ? Rest.Array(scopes) : null, "The only rights it carries; null for all of its user's.")
        .Time("created_at", t => t.Token.CreatedAt, "When it was made.")
        .Text("created_by", t => t.Token.CreatedBy, "Who made it.")
        .Time("expires_at", t => t.Token.ExpiresAt, "When it ends.")
        .Time("revoked_at", t => t.Token.RevokedAt, "When it was taken back.")
        .Time("last_used_at", t => t.Token.LastUsedAt, "When it was last used, to the hour.")
        .Truth("valid", t => t.Token.Valid, "Whether it opens anything.");

    public static void MapTokens(this RouteGroupBuilder api)
    {
        api.MapMethods("/tokens", Routes.Reading, List).Reads(1, "The caller's tokens; an admin sees those of all").ListsAll(Tokens);
        api.MapPost("/tokens", Make).WithSummary("Makes a token for the caller, or, for an admin, for another user");
        api.MapDelete("/tokens/{id:long}", Revoke).WithSummary("Takes a token back: the caller's own, or, for an admin, anybody's");
        api.MapMethods("/whoami", Routes.Reading, (HttpContext context) =>
        {
            var actor = Actors.Of(context);
            return Rest.Json(new JsonObject { ["name"] = actor.Name, ["rights"] = Rest.Array(actor.Rights.Order()), ["tokenid"] = Actors.TokenOf(context) });
        }).Reads(0, "Who the caller is, and what the caller may do");
    }

    private static async Task<IResult> List(HttpContext context, ITokenStore tokens)
    {
        if (context.User.Identity?.IsAuthenticated != true)
            return Problems.Answer(StatusCodes.Status401Unauthorized, "Sign in first.");
        if (Actors.IsScoped(context))
            return Problems.Answer(StatusCodes.Status403Forbidden, "A token with scopes does not see tokens.");
        var actor = Actors.Of(context);
        var all = await tokens.List(Policy.May(actor, Right.Admin) ? null : actor.Name, context.RequestAborted);
        return Tokens.List([.. all.Select(t => (t, (string?)null))], context.Request);
    }

    private static async Task<IResult> Make(HttpContext context, ITokenStore tokens, IUserStore users, GivenSecrets secrets, TimeProvider time)
    {
        if (context.User.Identity?.IsAuthenticated != true)
            return Problems.Answer(StatusCodes.Status401Unauthorized, "Identify yourself by name and password.");
        // Else whoever finds a token that ends tomorrow makes one of it that never ends.
        if (Actors.TokenOf(context) is not null)
            return Problems.Answer(StatusCodes.Status403Forbidden, "A token cannot make tokens; use name and password.");
        var (body, refusal) = await JsonBody.Read(context.Request, mayBeEmpty: false, context.RequestAborted);
        if (body is null)
            return refusal!;
        var arguments = new Arguments(body);
        var actor = IdempotencyKeys.Take(context, body, arguments);
        var label = arguments.Text("label", required: true);
        if (label is { Length: > LongestLabel })
            arguments.Wrong("label", $"At most {LongestLabel} characters.");
        var days = arguments.Number("expires_in_days") ?? UsualDays;
        if (days is < 1 or > MostDays)
            arguments.Wrong("expires_in_days", $"A whole number from 1 to {MostDays} is expected.");
        var name = arguments.Text("user") ?? actor.Name;
        IReadOnlyList<string>? scopes = body.ContainsKey("scopes") ? [.. arguments.Texts("scopes").Distinct()] : null;
        RightWords.Check(arguments, "scopes", scopes ?? []);
        if (arguments.Problems is { Count: > 0 } problems)
            return Problems.Invalid(problems);
        if (name != actor.Name && !Policy.May(actor, Right.Admin))
            return Problems.Answer(StatusCodes.Status403Forbidden, $"Tokens of others need the right \"{Right.Admin}\".");
        if (await users.FindUser(name, context.RequestAborted) is not { DisabledAt: null } user)
            return Problems.NotFound($"user {name}");
        if (scopes?.FirstOrDefault(s => s != Right.Read && !user.Rights.Contains(s) && !user.Rights.Contains(Right.Admin)) is { } missing)
            return Problems.Invalid(new FieldProblem("scopes", $"{name} does not have the right \"{missing}\", so no token can carry it."));
        var text = GivenSecrets.NewUserToken();
        var (outcome, made) = await tokens.Add(new(name, label!, Credentials.HashOf(text), scopes, time.GetUtcNow().AddDays(days), secrets.Seal(text, actor)), actor, context.RequestAborted);
        if (made is null)
            return Problems.From(outcome);
        var token = new TokenRecord { Id = made.Id, User = name, Label = label!, Scopes = scopes, CreatedAt = made.CreatedAt, CreatedBy = actor.Name, ExpiresAt = made.ExpiresAt, Valid = true };
        return Tokens.Created((token, made.Seal is { } seal ? secrets.Open(seal) : text), "/api/v2/tokens");
    }

    private static async Task<IResult> Revoke(long id, HttpContext context, ITokenStore tokens)
    {
        if (context.User.Identity?.IsAuthenticated != true)
            return Problems.Answer(StatusCodes.Status401Unauthorized, "Sign in first.");
        // Whoever finds a weak token may end that one, and no other.
        if (Actors.IsScoped(context) && Actors.TokenOf(context) != id)
            return Problems.Answer(StatusCodes.Status403Forbidden, "A token with scopes takes back itself only.");
        var actor = Actors.Of(context);
        var outcome = await tokens.Revoke(id, Policy.May(actor, Right.Admin) ? null : actor.Name, actor, context.RequestAborted);
        return outcome is ActionOutcome.Done ? Results.NoContent() : Problems.From(outcome);
    }
}

/// <summary>The words that a list of rights may hold.</summary>
internal static class RightWords
{
    private static readonly string[] Known = [Right.Read, Right.Force, Right.Stop, Right.SendChange, Right.Configure, Right.Admin];

    public static void Check(Arguments arguments, string field, IEnumerable<string> given)
    {
        foreach (var wrong in given.Where(r => !Known.Contains(r)))
            arguments.Wrong(field, $"There is no right \"{wrong}\". Possible: {string.Join(", ", Known)}.");
    }
}
