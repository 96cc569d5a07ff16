using System.Collections.Concurrent;
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
internal sealed class LogPrinter(RestClient client, LogChoice choice) : IAsyncDisposable
{
    private const int LinesAtOnce = 10_000;

    // A server gives one client a number of open answers; who follows many builds leaves some for others.
    private const int MostFollowed = 50;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(400);
    private readonly ConcurrentDictionary<long, long> next = [];
    private readonly Dictionary<long, Task> followed = [];
    private readonly CancellationTokenSource stop = new();
    private readonly SemaphoreSlim slots = new(MostFollowed);
    private readonly SemaphoreSlim turn = new(1);
    private readonly StreamWriter output = new(Terminal.OpenOutput(), new UTF8Encoding(false), 64 * 1024) { NewLine = "\n" };
    private long? last;

    /// <summary>Whether there was any log to be printed.</summary>
    public bool IsEmpty => next.IsEmpty;

    /// <summary>The logs of a build that are wanted, with their steps, in order.</summary>
    public static async Task<IReadOnlyList<(JsonObject Step, JsonObject Log)>> Logs(RestClient client, JsonObject build, LogChoice choice, CancellationToken cancellation)
    {
        var steps = (await client.Many($"builds/{build["buildid"]}/steps", "steps", cancellation)).Where(choice.Wants).ToList();
        var logs = (await client.Many($"builds/{build["buildid"]}/logs", "logs", cancellation)).Where(choice.WantsLog).ToLookup(l => l["stepid"]!.GetValue<long>());
        return [.. steps.SelectMany(s => logs[s["stepid"]!.GetValue<long>()].Select(log => (s, log)))];
    }

    /// <summary>Lines from a number on, as many as the server gives at once; those of stdio begin with the letter of their stream.</summary>
    public static async Task<string[]> Lines(RestClient client, JsonObject log, long from, long count, CancellationToken cancellation) =>
        (await client.Many($"logs/{log["logid"]}/contents?offset={from}&limit={count}", "logchunks", cancellation))[0]["content"]!.GetValue<string>().Split('\n')[..^1];

    /// <summary>What this build has written so far.</summary>
    public async Task Print(JsonObject build, CancellationToken cancellation)
    {
        foreach (var (step, log) in await Logs(client, build, choice, cancellation))
        {
            var (id, end) = (await Begin(log, cancellation), log["num_lines"]!.GetValue<long>());
            while (next[id] < end)
            {
                var lines = await Lines(client, log, next[id], Math.Min(LinesAtOnce, end - next[id]), cancellation);
                if (lines.Length == 0)
                    break;
                await Write(build, step, log, lines, cancellation);
            }
        }
    }

    /// <summary>Begins to print what this build writes, until it has ended; a build that is followed already is left as it is.</summary>
    public void Follow(JsonObject build, Outage outage, CancellationToken cancellation)
    {
        var id = build["buildid"]!.GetValue<long>();
        if (!followed.ContainsKey(id))
            followed[id] = FollowBuild(id, outage, cancellation);
        // What went wrong for good is told at once and not at the end.
        if (followed.Values.FirstOrDefault(f => f.IsFaulted) is { } failed)
            failed.GetAwaiter().GetResult();
    }

    /// <summary>Waits until all builds that are followed have ended, and all they wrote is printed.</summary>
    public Task End() => Task.WhenAll(followed.Values);

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await ((Task)Task.WhenAll(followed.Values)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await output.DisposeAsync();
        stop.Dispose();
        slots.Dispose();
        turn.Dispose();
    }

    private async Task FollowBuild(long id, Outage outage, CancellationToken cancellation)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stop.Token, cancellation);
        var logs = new Dictionary<long, Task>();
        try
        {
            while (true)
            {
                // Asked before the logs: what a build wrote before it was complete is there when it is.
                var build = await outage.Sit(() => client.One($"builds/{id}", "builds", either.Token), either.Token);
                foreach (var (step, log) in await outage.Sit(() => Logs(client, build, choice, either.Token), either.Token))
                {
                    if (!logs.ContainsKey(log["logid"]!.GetValue<long>()))
                        logs[log["logid"]!.GetValue<long>()] = FollowLog(build, step, log, outage, either.Token);
                }
                if (build["complete"]!.GetValue<bool>())
                    break;
                await Task.Delay(Pause, TimeProvider.System, either.Token);
                if (logs.Values.FirstOrDefault(l => l.IsFaulted) is { } failed)
                    await failed;
            }
            await Task.WhenAll(logs.Values);
        }
        finally
        {
            await either.CancelAsync();
            await ((Task)Task.WhenAll(logs.Values)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task FollowLog(JsonObject build, JsonObject step, JsonObject log, Outage outage, CancellationToken cancellation)
    {
        await slots.WaitAsync(cancellation);
        try
        {
            var id = await outage.Sit(() => Begin(log, cancellation), cancellation);
            await outage.Sit(async () =>
            {
                await foreach (var lines in client.Lines($"logs/{id}/follow?from={next[id]}&streams={(HasStreams(log) ? "true" : "false")}", cancellation))
                    await Write(build, step, log, lines, cancellation);
            }, cancellation);
        }
        finally
        {
            slots.Release();
        }
    }

    // Lines of stdio begin with the letter of their stream.
    private static bool HasStreams(JsonObject log) => Printed.Text(log["type"]) == "s";

    private async Task<long> Begin(JsonObject log, CancellationToken cancellation)
    {
        var (id, end) = (log["logid"]!.GetValue<long>(), log["num_lines"]!.GetValue<long>());
        if (!next.ContainsKey(id))
            next.TryAdd(id, choice.Tail is { } count ? await Tail(log, end, count, cancellation) : 0);
        return id;
    }

    // Where the last lines begin, of those that are wanted.
    private async Task<long> Tail(JsonObject log, long end, int count, CancellationToken cancellation)
    {
        if (!choice.Raw || !HasStreams(log))
            return Math.Max(0, end - count);
        var from = end;
        while (from > 0 && count > 0)
        {
            var lines = await Lines(client, log, Math.Max(0, from - LinesAtOnce), Math.Min(from, LinesAtOnce), cancellation);
            for (var i = lines.Length - 1; i >= 0 && count > 0; i--, from--)
                count -= lines[i].StartsWith('h') ? 0 : 1;
            if (lines.Length == 0)
                break;
        }
        return from;
    }

    private async Task Write(JsonObject build, JsonObject step, JsonObject log, IReadOnlyList<string> lines, CancellationToken cancellation)
    {
        var id = log["logid"]!.GetValue<long>();
        await turn.WaitAsync(cancellation);
        try
        {
            if (!choice.Raw && last != id)
                await output.WriteLineAsync($"── {Printed.Text(build["buildername"])}/{build["number"]} {Printed.Harmless(Printed.Text(step["name"]))}: {Printed.Harmless(Printed.Text(log["name"]))} ──");
            last = id;
            foreach (var line in lines)
            {
                var (stream, text) = HasStreams(log) && line.Length > 0 ? (line[0], line[1..]) : ('o', line);
                // What Weir added (the command itself, why it is tried again) is nothing that the command wrote.
                if (!choice.Raw)
                    await output.WriteLineAsync(Printed.LogLine(text));
                else if (stream != 'h')
                    await output.WriteLineAsync(text);
            }
            await output.FlushAsync(CancellationToken.None);
            next[id] += lines.Count;
        }
        finally
        {
            turn.Release();
        }
    }
}
