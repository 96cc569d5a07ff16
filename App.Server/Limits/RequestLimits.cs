using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.HttpOverrides;
using Weir.App.Server.Api;
using Weir.App.Server.Identity;

namespace Weir.App.Server.Limits;

/// <summary>What limits the calls of an endpoint.</summary>
internal enum LimitPolicy
{
    /// <summary>So many calls a second: whatever says nothing else. Nothing is without a limit by forgetting.</summary>
    Calls,

    /// <summary>Also so many at a time, because each stays open.</summary>
    Streams,

    /// <summary>The same for workers, of which one address may have many.</summary>
    Workers,

    /// <summary>None: for those who watch over the program itself.</summary>
    None,
}

/// <summary>Limits on what one client may ask of this master. Over them the answer is 429, with words and <c>Retry-After</c>.</summary>
internal static class RequestLimits
{
    // When a slot comes free is up to the client.
    private static readonly TimeSpan UntilStream = TimeSpan.FromSeconds(10);

    public static IServiceCollection AddLimits(this IServiceCollection services, LimitSettings settings) =>
        services.AddSingleton(settings).AddSingleton<TokenBuckets>().AddSingleton<StreamSlots>();

    /// <summary>The endpoint's answers last as long as its client likes.</summary>
    public static TBuilder LongLived<TBuilder>(this TBuilder endpoint) where TBuilder : IEndpointConventionBuilder => endpoint.WithMetadata(new Limited(LimitPolicy.Streams));

    public static TBuilder ForWorkers<TBuilder>(this TBuilder endpoint) where TBuilder : IEndpointConventionBuilder => endpoint.WithMetadata(new Limited(LimitPolicy.Workers));

    public static TBuilder WithoutLimit<TBuilder>(this TBuilder endpoint) where TBuilder : IEndpointConventionBuilder => endpoint.WithMetadata(new Limited(LimitPolicy.None));

    /// <summary>What limits the calls of this endpoint, also of what is none (addresses at which there is nothing).</summary>
    public static LimitPolicy Of(Endpoint? endpoint) => endpoint?.Metadata.GetMetadata<Limited>()?.Policy ?? LimitPolicy.Calls;

    /// <summary>Believes the proxies that are named in the settings, and nobody else, on where a request comes from.</summary>
    public static void UseKnownProxies(this WebApplication app)
    {
        var proxies = app.Services.GetRequiredService<LimitSettings>().Proxies;
        if (proxies.Count == 0)
            return;
        var options = new ForwardedHeadersOptions { ForwardedHeaders = ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto, ForwardLimit = null };
        options.KnownProxies.Clear();
        options.KnownIPNetworks.Clear();
        foreach (var proxy in proxies)
            options.KnownProxies.Add(proxy);
        app.UseForwardedHeaders(options);
    }

    /// <summary>Before anybody looks at who it is: looking costs something too.</summary>
    public static void UseAddressLimit(this WebApplication app) => app.Use((context, next) =>
    {
        var settings = context.RequestServices.GetRequiredService<LimitSettings>();
        return Of(context.GetEndpoint()) == LimitPolicy.None ? next(context) : Admit(context, "address " + Address(context), IsLocal(context) ? settings.Loopback : settings.Address, next);
    });

    /// <summary>Once it is known who it is.</summary>
    public static void UseClientLimit(this WebApplication app) => app.Use((context, next) =>
    {
        var settings = context.RequestServices.GetRequiredService<LimitSettings>();
        var policy = Of(context.GetEndpoint());
        if (policy == LimitPolicy.None)
            return next(context);
        var signedIn = context.User.Identity is { IsAuthenticated: true };
        var client = signedIn ? "user " + context.User.Identity!.Name : "anonymous " + Address(context);
        return Admit(context, client, IsLocal(context) ? settings.Loopback : signedIn ? settings.SignedIn : settings.Anonymous, admitted => policy switch
        {
            LimitPolicy.Streams => Hold(admitted, client, IsLocal(admitted) ? settings.StreamsFromLoopback : settings.StreamsPerClient, next),
            LimitPolicy.Workers => Hold(admitted, "workers " + Address(admitted), IsLocal(admitted) ? settings.StreamsFromLoopback : settings.WorkersPerAddress, next),
            _ => next(admitted),
        });
    });

    private static Task Admit(HttpContext context, string client, Rate rate, RequestDelegate next) =>
        context.RequestServices.GetRequiredService<TokenBuckets>().TryTake(client, rate) is { } wait
            ? Refuse(context, wait, string.Create(CultureInfo.InvariantCulture, $"Too many requests: {rate.PerSecond} a second are possible in the long run, {rate.Burst} at once."))
            : next(context);

    private static async Task Hold(HttpContext context, string client, int most, RequestDelegate next)
    {
        using var slot = context.RequestServices.GetRequiredService<StreamSlots>().TryTake(client, most);
        if (slot is null)
            await Refuse(context, UntilStream, string.Create(CultureInfo.InvariantCulture, $"Too many open connections: {most} at a time are possible for one client."));
        else
            await next(context);
    }

    private static Task Refuse(HttpContext context, TimeSpan wait, string why)
    {
        context.Response.Headers.RetryAfter = ((int)Math.Ceiling(wait.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
        return Doors.IsForPeople(context)
            ? Doors.Say(context, StatusCodes.Status429TooManyRequests, Problems.Title(StatusCodes.Status429TooManyRequests), why)
            : Problems.Answer(StatusCodes.Status429TooManyRequests, why).ExecuteAsync(context);
    }

    private static bool IsLocal(HttpContext context) => context.Connection.RemoteIpAddress is not { } address || IPAddress.IsLoopback(address);

    /// <summary>An address that somebody has: of IPv6 the network, because whoever has one address there has them all.</summary>
    internal static string Address(HttpContext context)
    {
        var address = context.Connection.RemoteIpAddress;
        if (address is null)
            return "";
        if (address.IsIPv4MappedToIPv6)
            address = address.MapToIPv4();
        return address.AddressFamily == AddressFamily.InterNetworkV6 && !IPAddress.IsLoopback(address) ? Convert.ToHexString(address.GetAddressBytes().AsSpan(0, 8)) : address.ToString();
    }

    private sealed record Limited(LimitPolicy Policy);
}
