using System.Globalization;
using System.Net;
using Weir.App.Server.Hosting;

namespace Weir.App.Server.Limits;

/// <summary>A rate: so many at once, and so many a second in the long run.</summary>
internal sealed record Rate(double PerSecond, int Burst);

/// <summary>
/// How much one client may ask for (section <c>Limits</c> of the settings). Clients are told apart by who they are when they have signed in, else by their address. What comes from this
/// machine itself (tools, tests, measurements) has limits of its own, which are far above what a person could reach.
/// </summary>
internal sealed record LimitSettings
{
    /// <summary>All requests of one address together, counted before it is looked at who sends them.</summary>
    public Rate Address { get; init; } = new(500, 5000);
    public Rate Anonymous { get; init; } = new(100, 2000);
    public Rate SignedIn { get; init; } = new(200, 4000);
    public Rate Loopback { get; init; } = new(50_000, 200_000);

    /// <summary>Connections that stay open (live pages, streams of events) of one client at a time.</summary>
    public int StreamsPerClient { get; init; } = 200;
    public int StreamsFromLoopback { get; init; } = 10_000;

    /// <summary>Of all clients together.</summary>
    public int Streams { get; init; } = 20_000;

    /// <summary>Connections of workers from one address.</summary>
    public int WorkersPerAddress { get; init; } = 2000;

    /// <summary>Reverse proxies whose word on the client's address (<c>X-Forwarded-For</c>) is believed.</summary>
    public IReadOnlyList<IPAddress> Proxies { get; init; } = [];

    /// <exception cref="HostException">Something is set to what it cannot be; the message names all of it.</exception>
    public static LimitSettings Read(IConfiguration configuration)
    {
        var given = configuration.GetSection("Limits");
        var problems = new List<string>();
        var usual = new LimitSettings();
        var settings = new LimitSettings
        {
            Address = Rate("Address", usual.Address),
            Anonymous = Rate("Anonymous", usual.Anonymous),
            SignedIn = Rate("SignedIn", usual.SignedIn),
            Loopback = Rate("Loopback", usual.Loopback),
            StreamsPerClient = Number("StreamsPerClient", usual.StreamsPerClient),
            StreamsFromLoopback = Number("StreamsFromLoopback", usual.StreamsFromLoopback),
            Streams = Number("Streams", usual.Streams),
            WorkersPerAddress = Number("WorkersPerAddress", usual.WorkersPerAddress),
            Proxies = [.. (configuration["Proxies"] ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(Proxy).OfType<IPAddress>()],
        };
        return problems.Count == 0 ? settings : throw new HostException(string.Join('\n', problems), HostException.Usage);

        Rate Rate(string name, Rate otherwise) => new(Number($"{name}:PerSecond", (int)otherwise.PerSecond), Number($"{name}:Burst", otherwise.Burst));

        int Number(string name, int otherwise)
        {
            if (given[name] is not { } text)
                return otherwise;
            if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0)
                return number;
            problems.Add($"Limits:{name}: a whole number above 0 is expected, not \"{text}\"");
            return otherwise;
        }

        IPAddress? Proxy(string text)
        {
            if (IPAddress.TryParse(text, out var address))
                return address;
            problems.Add($"Proxies: the address of a reverse proxy is expected, not \"{text}\"");
            return null;
        }
    }
}
