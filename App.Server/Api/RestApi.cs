using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Antiforgery;
using Weir.App.Server.Identity;

namespace Weir.App.Server.Api;

/// <summary>REST, <c>/api/v2</c>: Buildbot's data API with what only Weir has beside it.</summary>
internal static class RestApi
{
    public static void MapRest(this WebApplication app)
    {
        app.Use(AnswerOptions);
        var api = app.MapGroup("/api/v2").DisableAntiforgery();
        api.AddEndpointFilter(RefuseForgedWrites);
        api.MapMasters();
        api.MapOrders();
        api.MapPauses();
        api.MapBuilders();
        api.MapBuilds();
        api.MapSteps();
        api.MapBuildData();
        api.MapLogs();
        api.MapRequests();
        api.MapLocks();
        api.MapDirectories();
        api.MapBuildsets();
        api.MapWorkers();
        api.MapChanges();
        api.MapHookInbox();
        api.MapSchedulers();
        api.MapForceSchedulers();
        api.MapConfiguration();
        api.MapThings();
        api.MapTexts();
        api.MapTokens();
        api.MapSecrets();
        api.MapUsers();
        api.MapStore();
        api.MapEvents();
        api.MapSelfDescription();
        app.MapMethods("/api", Routes.Reading, (HttpRequest request) => Rest.Json(new JsonObject { ["api_versions"] = new JsonObject { ["v2"] = $"{request.Scheme}://{request.Host}{request.PathBase}/api/v2" } })).Reads(0, "The versions of the interface");
    }

    // Routing knows which methods an address takes; asked by OPTIONS, that is the answer and no error.
    private static async Task AnswerOptions(HttpContext context, RequestDelegate next)
    {
        await next(context);
        if (HttpMethods.IsOptions(context.Request.Method) && context.Response is { StatusCode: StatusCodes.Status405MethodNotAllowed, HasStarted: false })
            context.Response.StatusCode = StatusCodes.Status204NoContent;
    }

    // Another site can make a browser send our cookie; it cannot make it send our token. Token and password in the Authorization header are never sent by themselves.
    private static async ValueTask<object?> RefuseForgedWrites(EndpointFilterInvocationContext call, EndpointFilterDelegate next)
    {
        var context = call.HttpContext;
        if (!HttpMethods.IsGet(context.Request.Method) && !HttpMethods.IsHead(context.Request.Method) && context.User.Identity?.AuthenticationType == SignInRegistration.Session
            && !await context.RequestServices.GetRequiredService<IAntiforgery>().IsRequestValidAsync(context))
            return Problems.Answer(StatusCodes.Status403Forbidden, "A browser session may write only with the token of a page in the header RequestVerificationToken. Programs identify themselves by Authorization: Bearer.");
        return await next(call);
    }
}
