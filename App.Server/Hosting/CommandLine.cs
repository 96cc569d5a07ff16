using System.Diagnostics.CodeAnalysis;

namespace Weir.App.Server.Hosting;

/// <summary>The program's arguments. Each is a setting's short name; what is not given comes from the environment and <c>appsettings.json</c>.</summary>
internal static class CommandLine
{
    public const string Help = """
        Weir, a continuous-integration master.

          --port N              where it listens (default 8010)
          --listen ADDRESS      which address it listens on (default 127.0.0.1; 0.0.0.0 for all)
          --data DIR            its folder: the private database and what can be made again (default ./data)
          --config PATH         a configuration file or a folder of them, read at start and when it changes
          --name NAME           the name of this master (default: the machine's)
          --roles ui,engine     what it does: pages and REST, builds, or both (default both)
          --builders NAME[,NAME…]     an engine for these builders only: names, or patterns with * (default all)
          --builder-tags TAG[,TAG…]   … or for builders that carry one of these tags
          --url URL[,URL…]      where browsers and workers reach it (default http://ADDRESS:PORT)
          --reading open        who may read: open (anybody) or signed-in (default open)
          --log-format simple   console output: simple or json
          --worker-token NAME=FILE   make sure that FILE holds a token with which a worker NAME may connect

        App.Server db COMMAND looks after the store: App.Server db --help

        Environment: ConnectionStrings__Weir names a PostgreSQL server to use instead of the private one (its value is an Npgsql connection string);
        WEIR_ADMIN_PASSWORD sets the password of the first account, admin, when the store is new.
        """;

    private static readonly Dictionary<string, string> Keys = new()
    {
        ["--port"] = "Port",
        ["--listen"] = "Listen",
        ["--data"] = "Data",
        ["--config"] = "Config",
        ["--name"] = "Name",
        ["--roles"] = "Roles",
        ["--builders"] = "Master:Builders",
        ["--builder-tags"] = "Master:Tags",
        ["--url"] = "Url",
        ["--reading"] = "Reading",
        ["--log-format"] = "Logging:Console:FormatterName",
        ["--worker-token"] = "WorkerToken",
    };

    /// <summary>Arguments as settings; a problem is a sentence.</summary>
    public static bool TryRead(IReadOnlyList<string> arguments, out Dictionary<string, string?> settings, [NotNullWhen(false)] out string? problem)
    {
        settings = [];
        problem = null;
        for (var i = 0; i < arguments.Count; i++)
        {
            var (option, value) = arguments[i].Split('=', 2) is [var before, var after] && Keys.ContainsKey(before) ? (before, after) : (arguments[i], null);
            if (!Keys.TryGetValue(option, out var key))
            {
                problem = $"Unknown argument {arguments[i]}.{Nearest(option)} --help lists them all.";
                return false;
            }
            if (value is null && ++i == arguments.Count)
            {
                problem = $"{option} needs a value.";
                return false;
            }
            settings[key] = value ?? arguments[i];
        }
        return true;
    }

    private static string Nearest(string option) =>
        Keys.Keys.FirstOrDefault(k => k.StartsWith(option, StringComparison.Ordinal) || option.StartsWith(k, StringComparison.Ordinal)
            || k.Order().SequenceEqual(option.Order())) is { } near ? $" Did you mean {near}?" : "";
}
