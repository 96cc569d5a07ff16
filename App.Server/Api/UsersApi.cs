using System.Text.Json.Nodes;
using Weir.App.Server.Identity;
using Weir.Shared;
using Weir.Shared.Identity;

namespace Weir.App.Server.Api;

/// <summary><c>/users</c> for admins: list, add; the actions set_rights, set_password, disable, enable. One's own password is changed at <c>/whoami/password</c>.</summary>
internal static class UsersApi
{
    private const int LongestName = 100;
    private const int ShortestPassword = 8;
    private const int LongestPassword = 1000;

    private sealed record Shown(UserRecord User, string? Password = null);

    private static readonly Resource<Shown> Users = new Resource<Shown>("users", "user")
        .Text("name", u => u.User.Name, "The name with which the user signs in.")
        .Texts("rights", u => u.User.Rights, "What the user may do; whoever has an account may read.")
        .Time("created_at", u => u.User.CreatedAt, "When the account was made.")
        .Truth("disabled", u => u.User.DisabledAt is not null, "Whether the account is closed.")
        .Time("disabled_at", u => u.User.DisabledAt, "When it was closed.")
        .Text("password", u => u.Password, "The password that was made, in the answer that makes it and never again.");

    public static void MapUsers(this RouteGroupBuilder api)
    {
        api.MapMethods("/users", Routes.Reading, async (IUserStore users, HttpRequest request, CancellationToken cancellation) =>
            Users.List((await users.List(cancellation)).Select(u => new Shown(u)), request)).Reads(1, "The accounts").ListsAll(Users).Needs(Right.Admin);
        api.MapMethods("/users/{name}", Routes.Reading, async (string name, IUserStore users, HttpRequest request, CancellationToken cancellation) =>
            Users.One(await users.FindUser(name, cancellation) is { } user ? new Shown(user) : null, $"user {name}", request)).Reads(1, "One account").ShowsOne(Users).Needs(Right.Admin);
        api.MapPost("/users", Add).Needs(Right.Admin).WithSummary("Makes an account; without a password one is made and shown once");
        api.MapPut("/whoami/password", ChangeOwn).WithSummary("Changes the caller's own password");
        api.MapControl("/users/{name}",
            new Control("set_rights", Right.Admin, SetRights),
            new Control("set_password", Right.Admin, SetPassword),
            new Control("disable", Right.Admin, call => SetDisabled(call, true)),
            new Control("enable", Right.Admin, call => SetDisabled(call, false)));
    }

    private static async Task<IResult> Add(HttpContext context, IUserStore users, Passwords passwords)
    {
        var (body, refusal) = await JsonBody.Read(context.Request, mayBeEmpty: false, context.RequestAborted);
        if (body is null)
            return refusal!;
        var arguments = new Arguments(body);
        var name = arguments.Text("name", required: true);
        if (name is not null && ProblemOfName(name) is { } problem)
            arguments.Wrong("name", problem);
        var rights = Rights(arguments);
        var password = Password(arguments, "password");
        if (arguments.Problems is { Count: > 0 } problems)
            return Problems.Invalid(problems);
        var made = password is null ? Passwords.Generate() : null;
        var outcome = await users.Add(name!, passwords.Hash(name!, password ?? made!), rights, Actors.Of(context), context.RequestAborted);
        if (outcome is not ActionOutcome.Done || await users.FindUser(name!, context.RequestAborted) is not { } user)
            return Problems.From(outcome);
        return Users.Created(new(user, made), "/api/v2/users/" + Uri.EscapeDataString(name!));
    }

    private static async Task<Reply> SetRights(Call call)
    {
        var rights = Rights(call.Arguments);
        if (!call.Arguments.Has("rights"))
            call.Arguments.Wrong("rights", "It is missing; an empty list takes all rights but reading.");
        return call.Refuses(out var refusal) ? refusal : await Changed(call, call.Get<IUserStore>().SetRights(call.Route("name"), rights, call.By, call.Cancellation));
    }

    private static async Task<Reply> SetPassword(Call call)
    {
        var given = Password(call.Arguments, "password");
        if (call.Refuses(out var refusal))
            return refusal;
        var (name, password) = (call.Route("name"), given ?? Passwords.Generate());
        var outcome = await call.Get<IUserStore>().SetPassword(name, call.Get<Passwords>().Hash(name, password), call.By, call.Cancellation);
        call.Get<KnownUsers>().Forget(name);
        return new(outcome, given is null ? new JsonObject { ["password"] = password } : null);
    }

    // Whoever was just changed here is asked for again; other masters know it within a second.
    private static async Task<Reply> Changed(Call call, Task<ActionOutcome> changing)
    {
        var reply = await Reply.Of(changing);
        call.Get<KnownUsers>().Forget(call.Route("name"));
        return reply;
    }

    private static async Task<Reply> SetDisabled(Call call, bool disabled)
    {
        var reason = call.Arguments.Text("reason");
        return call.Refuses(out var refusal) ? refusal : await Changed(call, call.Get<IUserStore>().SetDisabled(call.Route("name"), disabled, reason, call.By, call.Cancellation));
    }

    // Whoever holds only a session or a token of somebody does not know the password, and must not be able to lock its owner out.
    private static async Task<IResult> ChangeOwn(HttpContext context, IUserStore users, KnownUsers known, Passwords passwords, SignInCheck check)
    {
        if (context.User.Identity?.IsAuthenticated != true)
            return Problems.Answer(StatusCodes.Status401Unauthorized, "Sign in first.");
        var (body, refusal) = await JsonBody.Read(context.Request, mayBeEmpty: false, context.RequestAborted);
        if (body is null)
            return refusal!;
        var arguments = new Arguments(body);
        var current = arguments.Text("current_password", required: true);
        var password = Password(arguments, "password", required: true);
        if (arguments.Problems is { Count: > 0 } problems)
            return Problems.Invalid(problems);
        var actor = Actors.Of(context);
        switch (await check.Try(actor.Name, current!, actor.Address, context.RequestAborted))
        {
            case SignInAttempt.Accepted:
                var outcome = await users.SetPassword(actor.Name, passwords.Hash(actor.Name, password!), actor, context.RequestAborted);
                known.Forget(actor.Name);
                return outcome is ActionOutcome.Done ? Results.NoContent() : Problems.From(outcome);
            case SignInAttempt.TooMany:
                return Problems.Answer(StatusCodes.Status429TooManyRequests, "Too many failed attempts; wait a few minutes.");
            default:
                return Problems.Answer(StatusCodes.Status403Forbidden, "The current password is wrong.");
        }
    }

    private static IReadOnlyList<string> Rights(Arguments arguments)
    {
        var rights = arguments.Texts("rights").Distinct().ToArray();
        RightWords.Check(arguments, "rights", rights);
        return rights;
    }

    private static string? Password(Arguments arguments, string field, bool required = false)
    {
        var password = arguments.Text(field, required);
        if (password is { Length: < ShortestPassword or > LongestPassword })
            arguments.Wrong(field, $"{ShortestPassword} to {LongestPassword} characters are expected.");
        return password;
    }

    // A colon ends the name in "Basic"; what nobody can see nobody can type.
    private static string? ProblemOfName(string name) =>
        name.Length <= LongestName && name.Trim() == name && !name.Any(c => char.IsControl(c) || c is ':' or '/')
            ? null
            : $"At most {LongestName} characters are expected, without ':', '/' and control characters, and without spaces at its ends.";
}
