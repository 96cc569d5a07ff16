using System.Text;
using System.Text.Json.Nodes;
using Weir.Cli.Connection;
using Weir.Cli.Output;

namespace Weir.Cli.Waiting;

/// <summary>Which logs, and how.</summary>
internal sealed record LogChoice
{
    /// <summary>Only of this step.</summary>
    public string? Step { get; init; }

    /// <summary>Only the log of this name.</summary>
    public string? Log { get; init; }

    /// <summary>Begin so many lines before the end.</summary>
    public int? Tail { get; init; }

    /// <summary>No lines above what each step wrote, and no line changed.</summary>
    public bool Raw { get; init; }

    public bool Wants(JsonObject step) => Step is null || Printed.Text(step["name"]) == Step;

    public bool WantsLog(JsonObject log) => Log is null || Printed.Text(log["name"]) == Log || Printed.Text(log["slug"]) == Log;
}

/// <summary>
/// Prints what builds write, each line once: it knows of each log the next line, and asks for lines from there on. So whatever breaks in between (connection, server, store),
/// nothing is lost and nothing comes twice.
/// </summary>
internal sealed class LogPrinter(RestClient client, LogChoice choice) : IDisposable
{
    private const int LinesAtOnce = 10_000;
    private readonly Dictionary<long, long> next = [];
    private readonly HashSet<long> finishedSteps = [];
    private readonly StreamWriter output = new(Terminal.OpenOutput(), new UTF8Encoding(false), 64 * 1024) { NewLine = "\n" };
    private long? last;

    /// <summary>Whether there was any log to be printed.</summary>
    public bool IsEmpty => next.Count == 0;

    /// <summary>The logs of a build that are wanted, with their steps, in order.</summary>
    public static async Task<IReadOnlyList<(JsonObject Step, JsonObject Log)>> Logs(RestClient client, JsonObject build, LogChoice choice, CancellationToken cancellation)
    {
        var all = new List<(JsonObject, JsonObject)>();
        foreach (var step in (await client.Many($"builds/{build["buildid"]}/steps", "steps", cancellation)).Where(choice.Wants))
            all.AddRange((await client.Many($"steps/{step["stepid"]}/logs", "logs", cancellation)).Where(choice.WantsLog).Select(log => (step, log)));
        return all;
    }

    /// <summary>Lines from a number on, as many as the server gives at once; those of stdio begin with the letter of their stream.</summary>
    public static async Task<string[]> Lines(RestClient client, JsonObject log, long from, long count, CancellationToken cancellation) =>
        (await client.Many($"logs/{log["logid"]}/contents?offset={from}&limit={count}", "logchunks", cancellation))[0]["content"]!.GetValue<string>().Split('\n')[..^1];

    /// <summary>What this build has written since the last time.</summary>
    public async Task Print(JsonObject build, CancellationToken cancellation)
    {
        foreach (var step in await client.Many($"builds/{build["buildid"]}/steps", "steps", cancellation))
        {
            var id = step["stepid"]!.GetValue<long>();
            if (finishedSteps.Contains(id) || !choice.Wants(step))
                continue;
            foreach (var log in (await client.Many($"steps/{id}/logs", "logs", cancellation)).Where(choice.WantsLog))
                await Print(build, step, log, cancellation);
            // It was complete before its logs were asked for.
            if (step["complete"]!.GetValue<bool>())
                finishedSteps.Add(id);
        }
    }

    public void Dispose() => output.Dispose();

    private async Task Print(JsonObject build, JsonObject step, JsonObject log, CancellationToken cancellation)
    {
        var (id, end, stdio) = (log["logid"]!.GetValue<long>(), log["num_lines"]!.GetValue<long>(), Printed.Text(log["type"]) == "s");
        if (!next.TryGetValue(id, out _))
            next[id] = choice.Tail is { } count ? await Tail(log, end, count, cancellation) : 0;
        while (next[id] < end)
        {
            var lines = await Lines(client, log, next[id], Math.Min(LinesAtOnce, end - next[id]), cancellation);
            if (lines.Length == 0)
                break;
            if (!choice.Raw && last != id)
                await output.WriteLineAsync($"── {Printed.Text(build["buildername"])}/{build["number"]} {Printed.Harmless(Printed.Text(step["name"]))}: {Printed.Harmless(Printed.Text(log["name"]))} ──");
            last = id;
            foreach (var line in lines)
            {
                if (!Wants(log, line))
                    continue;
                var text = stdio && line.Length > 0 ? line[1..] : line;
                await output.WriteLineAsync(choice.Raw ? text : Printed.LogLine(text));
            }
            await output.FlushAsync(cancellation);
            next[id] += lines.Length;
        }
    }

    // Where the last lines begin, of those that are wanted.
    private async Task<long> Tail(JsonObject log, long end, int count, CancellationToken cancellation)
    {
        if (!choice.Raw)
            return Math.Max(0, end - count);
        var from = end;
        while (from > 0 && count > 0)
        {
            var lines = await Lines(client, log, Math.Max(0, from - LinesAtOnce), Math.Min(from, LinesAtOnce), cancellation);
            for (var i = lines.Length - 1; i >= 0 && count > 0; i--, from--)
                count -= Wants(log, lines[i]) ? 1 : 0;
            if (lines.Length == 0)
                break;
        }
        return from;
    }

    // What Weir itself says (the command, where it ran, its end) is nothing that the command wrote.
    private bool Wants(JsonObject log, string line) => !choice.Raw || Printed.Text(log["type"]) != "s" || !line.StartsWith('h');
}
