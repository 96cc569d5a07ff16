using System.CommandLine;
using Weir.Worker.Connection;
using Weir.Worker.Keeper;
using Weir.Worker.Presence;

namespace Weir.Worker;

/// <summary>The options of <c>weir-worker</c>, and what is said when one is missing or wrong.</summary>
internal sealed class WorkerCommandLine
{
    private const string TokenVariable = "WEIR_WORKER_TOKEN";
    private readonly Option<string> _url = new("--url") { Description = "Address of a master; several with commas: http://ci.example.org:8080,http://ci2.example.org:8080", HelpName = "URL[,URL…]" };
    private readonly Option<string> _token = new("--token") { Description = $"The worker's token, made by \"weir worker add NAME\"; better in the environment as {TokenVariable}, or in a file" };
    private readonly Option<string> _tokenFile = new("--token-file") { Description = "A file that holds the token" };
    private readonly Option<string> _name = new("--name") { Description = "The worker's name" };
    private readonly Option<string> _work = new("--work") { Description = "The directory for builds and the worker's journal", DefaultValueFactory = _ => "weir-work" };
    private readonly Option<long> _journalLimit = new("--journal-limit") { Description = "Bytes of a command's output that may wait on disk for an engine; above it the command has to wait", DefaultValueFactory = _ => 1L << 30 };
    private readonly Option<bool> _graceful = new("--graceful") { Description = "Take nothing new, finish what was begun, then go; what happens if nothing is said" };
    private readonly Option<bool> _now = new("--now") { Description = "Go at once: commands that run go on, and are taken up when the worker starts again" };
    private readonly Option<bool> _noWait = new("--no-wait") { Description = "Do not wait until it has gone" };
    private readonly Option<string?> _until = new("--until") { Description = "When that ends by itself: in so long (30m, 2h, 1d), at a time of today or tomorrow (18:00), or 2026-12-24T18:00" };
    private readonly Option<string?> _reason = new("--reason") { Description = "Why; others will read it" };
    private readonly Option<int> _lines = new("--lines", "-n") { Description = "How many lines", DefaultValueFactory = _ => 50 };
    private readonly Option<double> _idle = new("--idle") { Description = "Leave after so many minutes without agent and commands", DefaultValueFactory = _ => 10 };

    public async Task<int> Invoke(
        string[] arguments, Func<string, AgentOptions, CancellationToken, Task<int>> agent, Func<string, OwnerVerb, bool, CancellationToken, Task<int>> stop, Func<string, OwnerCommands> owner, Func<string, KeeperOptions, Task<int>> keeper)
    {
        var root = new RootCommand("Runs builds for Weir on this machine.") { _url, _token, _tokenFile, _name, _work, _journalLimit };
        root.SetAction(async (parsed, stopping) =>
        {
            var complaints = new List<string>();
            var options = new AgentOptions(Urls(parsed, complaints), Token(parsed, complaints), Name(parsed, complaints), Limit(parsed, complaints));
            if (complaints.Count == 0)
                return await agent(parsed.GetValue(_work)!, options, stopping);
            foreach (var complaint in complaints)
                await Console.Error.WriteLineAsync(complaint);
            await Console.Error.WriteLineAsync("Usage: weir-worker --url URL[,URL…] --token TOKEN --name NAME [--work DIR]");
            return ExitCodes.Usage;
        });
        var stopping = new Command("stop", "Tells the worker of a work directory to go, and waits until it has gone.") { _work, _graceful, _now, _noWait };
        stopping.SetAction(async (parsed, cancellation) =>
        {
            if (!parsed.GetValue(_graceful) || !parsed.GetValue(_now))
                return await stop(parsed.GetValue(_work)!, parsed.GetValue(_now) ? OwnerVerb.Go : OwnerVerb.Finish, !parsed.GetValue(_noWait), cancellation);
            await Console.Error.WriteLineAsync("--graceful finishes first, --now does not: give one of them.");
            return ExitCodes.Usage;
        });
        root.Subcommands.Add(stopping);
        Add("status", "Shows what the worker of a work directory does, and where its page is.", [], (parsed, commands, cancellation) => commands.Status(cancellation));
        Add("away", "I need this machine: the worker takes nothing new; what runs goes on.", [_until, _reason], (parsed, commands, cancellation) => commands.Away(parsed.GetValue(_until), parsed.GetValue(_reason), cancellation));
        Add("back", "I am done with this machine: the worker takes builds again.", [], (parsed, commands, cancellation) => commands.Back(cancellation));
        Add("logs", "Shows the end of the worker's log.", [_lines], (parsed, commands, cancellation) => commands.Logs(parsed.GetValue(_lines), cancellation));
        var keeping = new Command("keeper", "The process that runs the commands; the worker starts it by itself.") { _work, _journalLimit, _idle };
        keeping.SetAction((parsed, _) => keeper(parsed.GetValue(_work)!, new(parsed.GetValue(_journalLimit), TimeSpan.FromMinutes(parsed.GetValue(_idle)))));
        root.Subcommands.Add(keeping);
        // The keeper decides itself what TERM means to it.
        var invocation = new InvocationConfiguration { ProcessTerminationTimeout = arguments is ["keeper", ..] ? null : TimeSpan.FromSeconds(10) };
        var result = root.Parse(arguments);
        var exit = await result.InvokeAsync(invocation);
        return result.Errors.Count > 0 ? ExitCodes.Usage : exit;

        void Add(string word, string description, Option[] more, Func<ParseResult, OwnerCommands, CancellationToken, Task<int>> act)
        {
            var command = new Command(word, description) { _work };
            foreach (var option in more)
                command.Options.Add(option);
            command.SetAction((parsed, cancellation) => act(parsed, owner(parsed.GetValue(_work)!), cancellation));
            root.Subcommands.Add(command);
        }
    }

    private List<Uri> Urls(ParseResult parsed, List<string> complaints)
    {
        var urls = new List<Uri>();
        foreach (var text in (parsed.GetValue(_url) ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            if (Addresses.TryRead(text) is { } uri)
                urls.Add(uri);
            else
                complaints.Add($"--url: \"{text}\" is not an address like http://ci.example.org:8080.");
        }
        if (urls.Count == 0 && complaints.Count == 0)
            complaints.Add("--url is missing: the address of a master.");
        return urls;
    }

    private string Token(ParseResult parsed, List<string> complaints)
    {
        try
        {
            var token = parsed.GetValue(_token) ?? (parsed.GetValue(_tokenFile) is { } file ? File.ReadAllText(file) : Environment.GetEnvironmentVariable(TokenVariable));
            if (token?.Trim() is { Length: > 0 } found)
            {
                if (found.Any(c => c is <= ' ' or > '~'))
                    complaints.Add("The token holds characters that no token has; was something else pasted?");
                return found;
            }
            complaints.Add($"The token is missing: give --token, --token-file or {TokenVariable}. \"weir worker add NAME\" makes one.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            complaints.Add($"--token-file: {e.Message}");
        }
        return "";
    }

    private string Name(ParseResult parsed, List<string> complaints)
    {
        if (parsed.GetValue(_name)?.Trim() is { Length: > 0 } name)
            return name;
        complaints.Add("--name is missing: the name that this worker's token was made for.");
        return "";
    }

    private long Limit(ParseResult parsed, List<string> complaints)
    {
        const long least = 1 << 20;
        var limit = parsed.GetValue(_journalLimit);
        if (limit < least)
            complaints.Add($"--journal-limit: {limit} bytes is too little; at least {least}.");
        return limit;
    }
}
