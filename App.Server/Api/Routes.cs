namespace Weir.App.Server.Api;

/// <summary>So often the store is asked at most for one request of this endpoint, whatever the request says; a test counts.</summary>
internal sealed record StoreCallsAtMost(int Count);

/// <summary>What an endpoint shows: resources of this kind, or one of them.</summary>
internal sealed record Shows(IResource Resource, bool IsList, bool IsEndless);

/// <summary>The routes that read: each says what it shows, in a sentence, and how often it asks the store.</summary>
internal static class Routes
{
    public static readonly string[] Reading = [HttpMethods.Get, HttpMethods.Head];

    /// <summary>How often it asks the store at most, and what it is for.</summary>
    public static T Reads<T>(this T route, int calls, string summary) where T : IEndpointConventionBuilder => route.WithMetadata(new StoreCallsAtMost(calls)).WithSummary(summary);

    /// <summary>A list without end.</summary>
    public static RouteHandlerBuilder Lists(this RouteHandlerBuilder route, IResource resource) => route.WithMetadata(new Shows(resource, true, true));

    /// <summary>A list that fits into memory.</summary>
    public static RouteHandlerBuilder ListsAll(this RouteHandlerBuilder route, IResource resource) => route.WithMetadata(new Shows(resource, true, false));

    public static RouteHandlerBuilder ShowsOne(this RouteHandlerBuilder route, IResource resource) => route.WithMetadata(new Shows(resource, false, false));
}
