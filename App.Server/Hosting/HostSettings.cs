using System.Globalization;
using System.Net;
using Weir.Engine.Masters;
using Weir.Engine.Reporting;

namespace Weir.App.Server.Hosting;

/// <summary>What a person can set about this master; checked as a whole before anything starts.</summary>
internal sealed record HostSettings
{
    public const int DefaultPort = 8010;

    public int Port { get; init; } = DefaultPort;
    public string Listen { get; init; } = "127.0.0.1";
    public string Data { get; init; } = "data";
    public string? Config { get; init; }
    public required string Name { get; init; }
    public IReadOnlyList<string> Roles { get; init; } = ["ui", "engine"];
    /// <summary>Of which builders this engine begins builds.</summary>
    public BuilderLimits Limits { get; init; } = BuilderLimits.None;
    public IReadOnlyList<string> Urls { get; init; } = [];

    /// <summary>Whether somebody who has not signed in may read.</summary>
    public bool OpenReading { get; init; } = true;

    /// <summary>Whether <c>/change_hook/base</c> takes changes from anybody.</summary>
    public bool OpenHooks { get; init; }

    /// <summary>A server to use instead of the private one.</summary>
    public string? ConnectionString { get; init; }
    public string Schema { get; init; } = "weir";
    public bool Notifications { get; init; } = true;
    public string? AdminPassword { get; init; }

    /// <summary>How long SIGTERM lets a master wait for its builds where no other engine is there to take them.</summary>
    public TimeSpan ShutdownDeadline { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Make sure that this file holds a token for a worker of this name.</summary>
    public (string Name, string File)? WorkerToken { get; init; }

    /// <summary>The mail server through which it tells people; null: none.</summary>
    public MailOptions? Mail { get; init; }

    public bool IsEngine => Roles.Contains("engine");
    public bool IsUi => Roles.Contains("ui");

    /// <exception cref="HostException">Something is set to what it cannot be; the message names all of it.</exception>
    public static HostSettings Read(IConfiguration given)
    {
        var problems = new List<string>();
        var port = Number(given["Port"], DefaultPort, 1, 65535, "port", problems);
        var listen = given["Listen"] ?? "127.0.0.1";
        if (listen != "localhost" && !IPAddress.TryParse(listen, out _))
            problems.Add($"listen: an IP address of this machine is expected, not \"{listen}\"");
        var roles = Words(given["Roles"] ?? "ui,engine");
        if (roles.Count == 0 || roles.Any(r => r is not ("ui" or "engine")))
            problems.Add($"roles: ui, engine, or both are expected, not \"{given["Roles"]}\"");
        var limits = new BuilderLimits(Words(given["Master:Builders"] ?? ""), Words(given["Master:Tags"] ?? ""));
        if (!limits.IsNone && !roles.Contains("engine"))
            problems.Add("builders: only an engine begins builds; this master has the roles " + string.Join(", ", roles));
        var reading = given["Reading"] ?? "open";
        if (reading is not ("open" or "signed-in"))
            problems.Add($"reading: open or signed-in is expected, not \"{reading}\"");
        var urls = Words(given["Url"] ?? "");
        if (urls.FirstOrDefault(u => !Uri.TryCreate(u, UriKind.Absolute, out var parsed) || parsed.Scheme is not ("http" or "https")) is { } wrong)
            problems.Add($"url: an address that begins with http:// or https:// is expected, not \"{wrong}\"");
        var config = given["Config"] is { Length: > 0 } path ? Path.GetFullPath(path) : null;
        if (config is not null && !Path.Exists(config))
            problems.Add($"config: there is no file or folder {config}");
        var token = given["WorkerToken"]?.Split('=', 2);
        if (token is { Length: not 2 })
            problems.Add("worker-token: NAME=FILE is expected");
        var deadline = Number(given["Shutdown:Deadline"], 60, 0, 7 * 24 * 3600, "shutdown deadline (seconds)", problems);
        var mail = MailSettings.Read(given.GetSection("Mail"), problems);
        if (problems.Count > 0)
            throw new HostException(string.Join('\n', problems), HostException.Usage);
        return new()
        {
            Port = port,
            Listen = listen,
            Data = Path.GetFullPath(given["Data"] ?? "data"),
            Config = config,
            Name = given["Name"] is { Length: > 0 } name ? name : Dns.GetHostName(),
            Roles = roles,
            Limits = limits,
            Urls = urls.Count > 0 ? urls : [string.Create(CultureInfo.InvariantCulture, $"http://{Reachable(listen)}:{port}")],
            OpenReading = reading == "open",
            OpenHooks = bool.TryParse(given["Hooks:Open"], out var open) && open,
            ConnectionString = given.GetConnectionString("Weir") is { Length: > 0 } connection ? connection : null,
            Schema = given["Store:Schema"] ?? "weir",
            Notifications = given["Store:Notifications"] is not { } notices || !bool.TryParse(notices, out var on) || on,
            ShutdownDeadline = TimeSpan.FromSeconds(deadline),
            AdminPassword = given["WEIR_ADMIN_PASSWORD"] is { Length: > 0 } password ? password : null,
            Mail = mail,
            WorkerToken = token is [var worker, var file] ? (worker, Path.GetFullPath(file)) : null,
        };
    }

    private static string Reachable(string listen) => listen switch
    {
        "0.0.0.0" or "::" => Dns.GetHostName(),
        _ when listen.Contains(':', StringComparison.Ordinal) => $"[{listen}]",
        _ => listen,
    };

    internal static int Number(string? text, int otherwise, int least, int most, string name, List<string> problems)
    {
        if (text is null)
            return otherwise;
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most)
            return number;
        problems.Add(string.Create(CultureInfo.InvariantCulture, $"{name}: a whole number from {least} to {most} is expected, not \"{text}\""));
        return otherwise;
    }

    private static List<string> Words(string text) => [.. text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)];
}
