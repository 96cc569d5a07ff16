using System.CommandLine;
using System.Text.Json.Nodes;
using Weir.Cli.Commands;
using Weir.Cli.Connection;
using Weir.Cli.Output;

namespace Weir.Cli.Waiting;

/// <summary>Waits for builds, shows how far they are or what they write, and answers by their result. What is waited for goes on without us, however this ends.</summary>
internal static class BuildWait
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    public static async Task<int> Run(ParseResult given, RestClient client, Watched what, WaitOptions.Terms terms, CancellationToken cancellation)
    {
        var outage = new Outage(client);
        await using var logs = terms.Follow ? new LogPrinter(client, new LogChoice()) : null;
        using var limit = terms.Timeout is { } most ? new CancellationTokenSource(most, TimeProvider.System) : new CancellationTokenSource();
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellation);
        try
        {
            var usual = new UsualDurations(client);
            var state = await Progress.Show(shown: logs is null, usual, async progress =>
            {
                while (true)
                {
                    var now = await outage.Sit(() => what.Look(client, either.Token), either.Token);
                    if (logs is null)
                        await outage.Sit(() => usual.Learn(now.Builds, either.Token), either.Token);
                    progress(now);
                    foreach (var build in now.Builds.Reverse())
                        logs?.Follow(build, outage, either.Token);
                    if (now.IsComplete)
                    {
                        await (logs?.End() ?? Task.CompletedTask);
                        return now;
                    }
                    await Task.Delay(Pause, TimeProvider.System, either.Token);
                }
            });
            await Tell(given, client, what, state, followed: logs is not null, cancellation);
            return Printed.IsGood(state.Results) ? ExitCode.Done : ExitCode.Failed;
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new CommandException(ExitCode.TimedOut, $"Waited {Moments.Rough(terms.Timeout!.Value)} in vain. It goes on: {what.Later}.");
        }
        catch (OperationCanceledException)
        {
            Printed.Note($"weir: it goes on without us: {what.Later}.");
            throw;
        }
        catch (CommandException e) when (e.ExitCode == ExitCode.Unreachable)
        {
            throw new CommandException(e.ExitCode, $"{e.Message} It goes on without us: {what.Later}.");
        }
    }

    private static async Task Tell(ParseResult given, RestClient client, Watched what, WatchState state, bool followed, CancellationToken cancellation)
    {
        if (what is Watched.Build)
        {
            if (!followed || given.AsJson())
                await BuildCommand.Show(given, client, state.Whole, cancellation);
            else
                Summary(state.Whole);
            return;
        }
        if (given.AsJson())
        {
            var whole = state.Whole.DeepClone();
            whole["builds"] = new JsonArray([.. state.Builds.Select(b => b.DeepClone())]);
            Printed.Json(whole);
            return;
        }
        foreach (var build in state.Builds.Reverse())
            Summary(build);
        if (state.Builds.Count == 0)
            Printed.Line($"{Printed.Result(state.Results)}: nothing was built.", Tones.OfResult(state.Results?.GetValue<int>()));
    }

    private static void Summary(JsonObject build)
    {
        var result = Cell.Result(build["complete"], build["results"]);
        Printed.Pieces(($"{Printed.Harmless(Printed.Text(build["buildername"]))}/{build["number"]}", Tone.Bold), ("  ", Tone.Plain), (result.Text, result.Tone),
            ($"  {Printed.Harmless(Printed.Text(build["state_string"]))}  {Moments.Took(build["started_at_ms"], build["complete_at_ms"])}", Tone.Plain));
    }
}
