using Microsoft.AspNetCore.Components.Endpoints;
using Microsoft.AspNetCore.Http.Features;
using Weir.App.Server.Api;
using Weir.App.Server.Identity;

namespace Weir.App.Server.Hosting;

/// <summary>
/// A body that says it is larger than its address takes is refused before a byte of it is read, and the answer reaches its sender: many read it only
/// when they have sent everything, and would see a broken connection instead if the rest were not taken in.
/// </summary>
internal static class BodyLimit
{
    /// <summary>What is taken in and thrown away at most, in bytes; the server gives up on it after some seconds anyway. Who sends more is cut off.</summary>
    private const long LargestThrownAway = 64 * 1024 * 1024;

    /// <summary>What people hear.</summary>
    public const string OfForm = "The form holds more than is accepted here; nothing was changed. Go back: what you typed should still stand there.";

    /// <summary>After routing, which knows the limit of the address.</summary>
    public static void UseBodyLimit(this WebApplication app) => app.Use((context, next) =>
    {
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is not { IsReadOnly: false } size || !(context.Request.ContentLength > size.MaxRequestBodySize))
            return next(context);
        size.MaxRequestBodySize = LargestThrownAway;
        return context.GetEndpoint()?.Metadata.GetMetadata<ComponentTypeMetadata>() is null
            ? throw new BadHttpRequestException("Request body too large.", StatusCodes.Status413PayloadTooLarge)
            : Doors.Say(context, StatusCodes.Status413PayloadTooLarge, Problems.Title(StatusCodes.Status413PayloadTooLarge), OfForm);
    });
}
