using System.Net;

namespace Weir.App.Server.Hosting;

/// <summary>Where the server listens and how much it takes in from one caller.</summary>
internal static class KestrelLimits
{
    /// <summary>Largest body of an ordinary request; endpoints that take more say so.</summary>
    public const long LargestBody = 1024 * 1024;

    private static readonly TimeSpan HeadersWithin = TimeSpan.FromSeconds(15);

    public static void ConfigureKestrel(this WebApplicationBuilder builder, HostSettings settings) => builder.WebHost.ConfigureKestrel(kestrel =>
    {
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxRequestBodySize = LargestBody;
        kestrel.Limits.RequestHeadersTimeout = HeadersWithin;
        if (settings.Listen == "localhost")
            kestrel.ListenLocalhost(settings.Port);
        else
            kestrel.Listen(IPAddress.Parse(settings.Listen), settings.Port);
    });
}
