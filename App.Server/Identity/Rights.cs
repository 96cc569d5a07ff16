using Microsoft.AspNetCore.Authorization;
using Weir.App.Client;
using Weir.App.Client.Frame;
using Weir.App.Server.Api;
using Weir.Shared.Identity;

namespace Weir.App.Server.Identity;

/// <summary>What an endpoint asks of its caller. An endpoint that says nothing asks for <see cref="Right.Read"/>: nothing is open by forgetting.</summary>
internal sealed record RightNeeded(string Right);

/// <summary>Endpoints state the right they need; one middleware asks the one policy.</summary>
internal static class Rights
{
    public static TBuilder Needs<TBuilder>(this TBuilder endpoint, string right) where TBuilder : IEndpointConventionBuilder => endpoint.WithMetadata(new RightNeeded(right));

    /// <summary>For anybody, signed in or not: health, assets, the sign-in page, and doors that check for themselves.</summary>
    public static TBuilder Open<TBuilder>(this TBuilder endpoint) where TBuilder : IEndpointConventionBuilder => endpoint.WithMetadata(new AllowAnonymousAttribute());

    /// <summary>The right that the endpoint needs; null: none.</summary>
    public static string? Of(Endpoint endpoint)
    {
        if (endpoint.Metadata.GetMetadata<RightNeeded>() is { } needed)
            return needed.Right;
        if (endpoint.Metadata.GetMetadata<NeedsRightAttribute>() is { } page)
            return page.Right;
        return endpoint.Metadata.GetMetadata<IAllowAnonymous>() is null ? Right.Read : null;
    }

    public static void UseRights(this WebApplication app) => app.Use(async (context, next) =>
    {
        if (context.GetEndpoint() is not { } endpoint || Of(endpoint) is not { } right)
        {
            await next(context);
            return;
        }
        if (Credentials.Refused(context) is { } why)
            await Challenge(context, why);
        else if (Policy.May(Actors.Of(context), right))
            await next(context);
        else if (context.User.Identity?.IsAuthenticated == true)
            await Forbid(context, right);
        else
            await Challenge(context, "Sign in first.");
    });

    private static async Task Challenge(HttpContext context, string why)
    {
        if (!Doors.IsForPeople(context))
        {
            context.Response.Headers.WWWAuthenticate = "Bearer realm=\"weir\", Basic realm=\"weir\", charset=\"UTF-8\"";
            await Problems.Answer(StatusCodes.Status401Unauthorized, why).ExecuteAsync(context);
        }
        else
        {
            var back = HttpMethods.IsGet(context.Request.Method) ? context.Request.PathBase + context.Request.Path + context.Request.QueryString : Doors.Back(context, "/");
            context.Response.Redirect(Urls.SignIn(back));
        }
    }

    private static Task Forbid(HttpContext context, string right)
    {
        var why = $"This needs the right \"{right}\", which {Actors.Of(context).Name} does not have.";
        return Doors.IsForPeople(context) ? Doors.Say(context, StatusCodes.Status403Forbidden, "Not allowed", why) : Problems.Answer(StatusCodes.Status403Forbidden, why).ExecuteAsync(context);
    }
}
