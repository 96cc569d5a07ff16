using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Weir.Cli.Connection;
using Weir.Cli.Output;
using Weir.Cli.Waiting;

namespace Weir.Cli.Commands;

/// <summary><c>weir log BUILD</c>: what a build wrote, step by step; with <c>--follow</c> until it ends; with <c>--search</c> the lines that hold a text.</summary>
internal static class LogCommand
{
    private static readonly Argument<string> Which = BuildAddress.Argument();
    private static readonly Option<string?> Step = new("--step", "-s") { Description = "Only this step's" };
    private static readonly Option<string?> Name = new("--log") { Description = "Only the log of this name (stdio, or a file that the step follows)" };
    private static readonly Option<bool> Follow = new("--follow", "-f") { Description = "Go on until the build has ended; the exit code is then the build's" };
    private static readonly Option<int?> Tail = new("--tail", "-n") { Description = "Only so many lines at the end of each log" };
    private static readonly Option<string?> Search = new("--search") { Description = "Only lines that hold this text, with their numbers; exit code 1 if there is none", HelpName = "TEXT" };
    private static readonly Option<bool> Raw = new("--raw") { Description = "No headings, nothing changed: the bytes as they were written" };

    public static Command Make() => new Verb("log", "Print a build's logs",
        "weir log lib-linux --tail 100",
        "weir log lib-linux/3 --step test --raw > test.log",
        "weir log lib-linux --follow",
        "weir log 17 --search 'error:'")
    { Which, Step, Name, Follow, Tail, Search, Raw }.Does(Run);

    private static async Task<int> Run(ParseResult given, RestClient client, CancellationToken cancellation)
    {
        if (given.GetValue(Tail) is < 0)
            throw new CommandException(ExitCode.Usage, "--tail: a number from 0 up is expected.");
        if (given.GetValue(Search) is not null && (given.GetValue(Follow) || given.GetValue(Raw) || given.GetValue(Tail) is not null))
            throw new CommandException(ExitCode.Usage, "--search looks through what is there; it goes with --step and --log only.");
        var build = await BuildAddress.Find(client, given.GetValue(Which)!, cancellation);
        if (given.GetValue(Step) is { } step && build["complete"]!.GetValue<bool>())
            await MustExist(client, build, step, cancellation);
        if (given.AsJson())
            return await LogJson.Print(client, build, Choice(given), given.GetValue(Search), cancellation);
        if (given.GetValue(Search) is { } text)
            return await LogSearch.Print(client, build, Choice(given), text, cancellation);
        if (given.GetValue(Raw) && !given.GetValue(Follow) && given.GetValue(Tail) is null)
            return await Copy(client, build, Choice(given), cancellation);
        return await Print(given, client, build, cancellation);
    }

    private static LogChoice Choice(ParseResult given) => new()
    {
        Step = given.GetValue(Step),
        Log = given.GetValue(Name),
        Tail = given.GetValue(Tail),
        Raw = given.GetValue(Raw),
    };

    private static async Task<int> Print(ParseResult given, RestClient client, JsonObject build, CancellationToken cancellation)
    {
        var outage = new Outage(client);
        await using var printer = new LogPrinter(client, Choice(given));
        if (given.GetValue(Follow))
        {
            printer.Follow(build, outage, cancellation);
            await printer.End();
            build = await outage.Sit(() => client.One($"builds/{build["buildid"]}", "builds", cancellation), cancellation);
        }
        else
        {
            await outage.Sit(() => printer.Print(build, cancellation), cancellation);
        }
        if (printer.IsEmpty)
            Printed.Note("weir: there is no such log yet.");
        return !given.GetValue(Follow) || Printed.IsGood(build["results"]) ? ExitCode.Done : ExitCode.Failed;
    }

    private static async Task<int> Copy(RestClient client, JsonObject build, LogChoice choice, CancellationToken cancellation)
    {
        await using var output = Terminal.OpenOutput();
        foreach (var (_, log) in await LogPrinter.Logs(client, build, choice, cancellation))
            await client.Copy($"logs/{log["logid"]}/raw", output, cancellation);
        return ExitCode.Done;
    }

    private static async Task MustExist(RestClient client, JsonObject build, string step, CancellationToken cancellation)
    {
        var names = (await client.Many($"builds/{build["buildid"]}/steps", "steps", cancellation)).Select(s => Printed.Text(s["name"])).ToArray();
        if (!names.Contains(step))
            throw new CommandException(ExitCode.NotFound, $"The build has no step {step}.{Shared.Suggestion.DidYouMean(step, names)} Steps: {string.Join(", ", names)}.");
    }
}

/// <summary><c>weir log --search</c>.</summary>
internal static class LogSearch
{
    /// <summary>As <c>grep -n</c> prints: step, line, text. The exit code says whether anything was found.</summary>
    public static async Task<int> Print(RestClient client, JsonObject build, LogChoice choice, string text, CancellationToken cancellation)
    {
        var found = false;
        foreach (var (step, log) in await LogPrinter.Logs(client, build, choice, cancellation))
        {
            await foreach (var (number, line) in Hits(client, log, text, cancellation))
            {
                found = true;
                var where = string.Create(CultureInfo.InvariantCulture, $"{Printed.Harmless(Printed.Text(step["name"]))}:{number + 1}:");
                if (Terminal.IsOutput)
                    Printed.Pieces((where + " ", Tone.Dim), (Printed.Harmless(line), Tone.Plain));
                else
                    Console.WriteLine($"{where} {line}");
            }
        }
        return found ? ExitCode.Done : ExitCode.Failed;
    }

    /// <summary>Each line once that holds the text. The server looks, a slice of time at a time, and says where to go on.</summary>
    public static async IAsyncEnumerable<(long Number, string Line)> Hits(RestClient client, JsonObject log, string text, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellation)
    {
        var last = -1L;
        for (long? from = 0; from is not null;)
        {
            var answer = await client.Get(new Query($"logs/{log["logid"]}/search").With("q", text).With("from", from).Path, cancellation);
            foreach (var hit in answer["hits"]!.AsArray())
            {
                var line = hit!["line"]!.GetValue<long>();
                if (line > last)
                    yield return (line, Printed.Text(hit["text"]));
                last = line;
            }
            from = answer["meta"]!["next"]?.GetValue<long>();
        }
    }
}

/// <summary><c>weir log --json</c>: the logs, each with its lines (or the last of them, or those that were found).</summary>
internal static class LogJson
{
    public static async Task<int> Print(RestClient client, JsonObject build, LogChoice choice, string? search, CancellationToken cancellation)
    {
        var (all, found) = (new JsonArray(), search is null);
        foreach (var (step, log) in await LogPrinter.Logs(client, build, choice, cancellation))
        {
            var copy = log.DeepClone().AsObject();
            copy["step"] = Printed.Text(step["name"]);
            var lines = new JsonArray();
            if (search is not null)
            {
                await foreach (var (number, line) in LogSearch.Hits(client, log, search, cancellation))
                    lines.Add(new JsonObject { ["line"] = number, ["text"] = line });
                found |= lines.Count > 0;
            }
            else
            {
                var end = log["num_lines"]!.GetValue<long>();
                for (var from = choice.Tail is { } tail ? Math.Max(0, end - tail) : 0; from < end;)
                {
                    var chunk = await LogPrinter.Lines(client, log, from, Math.Min(10_000, end - from), cancellation);
                    if (chunk.Length == 0)
                        break;
                    foreach (var line in chunk)
                        lines.Add(line);
                    from += chunk.Length;
                }
            }
            copy["lines"] = lines;
            all.Add(copy);
        }
        Printed.Json(new JsonObject { ["logs"] = all, ["meta"] = new JsonObject() });
        return found ? ExitCode.Done : ExitCode.Failed;
    }
}
