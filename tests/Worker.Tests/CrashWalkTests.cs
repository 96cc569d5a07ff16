using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using Weir.Shared.Protocol;
using Weir.Worker.Tests.Support;

namespace Weir.Worker.Tests;

/// <summary>
/// Walks every point at which agent or keeper may die. One scenario (run, cut connection, run, restart, run again, lose the keeper) meets them all; each time one point kills, a supervisor
/// starts the agent again, and then every command must have run at most once, with its output whole, or lost where its keeper was killed.
/// </summary>
public sealed partial class CrashWalkTests
{
    private const string Script = "echo run >> ../ledger-$WEIR_COMMAND; i=1; while [ $i -le 60 ]; do echo line $i; i=$((i+1)); [ $((i % 12)) = 0 ] && sleep 0.05; done; exit 5";

    // The same with a secret and a file that is followed, in a directory of its own, as builds have it.
    private static StoredCommand Rich(FakeEngine engine, string directory) => engine.Order(
        new RunSpec
        {
            Directory = directory,
            Arguments = ["/bin/sh", "-c", Script.Replace("echo line $i", "echo line $i; echo $KEY $i >> f", StringComparison.Ordinal)],
            SecretEnv = new Dictionary<string, IReadOnlyList<TextPart>> { ["KEY"] = [new(null, "NAME")] },
            Logs = [new("f", "f")],
            // One of its own: the engine lets nobody write where another does.
            Shared = [new(directory.Replace('~', '-'), true, "walk #1")],
        },
        secrets: new() { ["NAME"] = "canary-of-the-walk" });

    private static readonly string Followed = string.Concat(Enumerable.Range(1, 60).Select(i => $"*** {i}\n"));
    private static readonly string Output = string.Concat(Enumerable.Range(1, 60).Select(i => $"line {i}\n"));

    [Fact]
    public async Task Wherever_one_dies_every_command_runs_at_most_once_and_its_fate_is_known()
    {
        var points = Points();
        Assert.True(points.Count >= 40, $"only {points.Count} points are found in the source");
        var failures = new ConcurrentBag<string>();
        await Parallel.ForEachAsync(points, new ParallelOptions { MaxDegreeOfParallelism = 4 }, async (point, _) =>
        {
            try
            {
                await Walk(point);
            }
            catch (Exception e)
            {
                failures.Add($"{point}: {e.Message}");
            }
        });

        Assert.True(failures.IsEmpty, string.Join("\n\n", failures));
    }

    private static async Task Walk(string point)
    {
        await using var engine = await FakeEngine.Start();
        await using var worker = new WorkerUnderTest(engine).Start($"{point}:1");
        using var over = new CancellationTokenSource();
        var supervising = Task.Run(async () =>
        {
            while (!over.IsCancellationRequested)
            {
                if (worker.Agent.HasExited)
                {
                    worker.Start(worker.Agent.ExitCode == 0 ? $"{point}:1" : null);
                }
                await Task.Delay(20);
            }
        });
        try
        {
            var commands = new List<StoredCommand> { engine.Shell(Script) };
            await Eventually.Holds(() => commands[0].Ended is not null || commands[0].Text().Contains("line 12\n", StringComparison.Ordinal), "the first command prints");
            engine.Cut();
            await commands[0].End();
            await Eventually.Holds(() => worker.Kept().Count == 0, "the first command is forgotten");
            commands.Add(Rich(engine, "rich"));
            worker.Stop();
            commands.Add(Rich(engine, "rich~2"));
            await Task.WhenAll(commands.Select(c => c.End()));

            var endless = engine.Shell("echo run >> ../ledger-$WEIR_COMMAND; echo line 1; sleep 600");
            await Eventually.Holds(() => endless.Ended is not null || endless.Text().Length > 0, "the endless command prints");
            await worker.KillKeeper();
            await endless.End();
            commands.Add(endless);
            commands.Add(engine.Shell(Script));
            await commands[^1].End();
            await Eventually.Holds(() => worker.Kept().Count == 0 && worker.Marked().Count == 0, "everything is acknowledged and gone");

            foreach (var command in commands)
                Check(point, command, worker, endless);
            Assert.Empty(engine.Complaints);
            Assert.True(worker.Output.Contains($"WEIR_CRASH: {point}", StringComparison.Ordinal), "nobody came by this point");
        }
        catch (Exception e)
        {
            throw new InvalidOperationException($"{e.Message}\n{worker.Output}\n{string.Join('\n', engine.Commands.Values.Select(c => $"{c.Id}: {c.Ended} applied {c.Applied}"))}", e);
        }
        finally
        {
            await over.CancelAsync();
            await supervising;
        }
    }

    private static void Check(string point, StoredCommand command, WorkerUnderTest worker, StoredCommand endless)
    {
        var ledger = Path.Combine(worker.Work, $"ledger-{command.Id}");
        var runs = File.Exists(ledger) ? File.ReadAllLines(ledger).Length : 0;
        Assert.True(runs <= 1, $"command {command.Id} ran {runs} times");
        if (command == endless || command.Ended!.Kind == EndKind.Lost)
        {
            Assert.Equal(EndKind.Lost, command.Ended!.Kind);
            Assert.True(command == endless || point.StartsWith("keeper.", StringComparison.Ordinal), $"command {command.Id} is lost although its keeper lived: {command.Ended.Reason}");
            Assert.StartsWith(command.Text(), Output, StringComparison.Ordinal);
            Assert.StartsWith(command.Log("f"), Followed, StringComparison.Ordinal);
            return;
        }
        Assert.Equal((EndKind.Exited, 5, 1), (command.Ended.Kind, command.Ended.ExitCode, runs));
        Assert.Equal(Output, command.Text());
        if (command.Secrets.Count > 0)
            Assert.Equal(Followed, command.Log("f"));
    }

    // All points of the source: those written out, and those that a durable write makes of its name.
    private static List<string> Points([CallerFilePath] string here = "")
    {
        var source = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "..", "..", "Worker"));
        var points = new SortedSet<string>();
        foreach (var file in Directory.EnumerateFiles(source, "*.cs", SearchOption.AllDirectories))
        {
            var text = File.ReadAllText(file);
            foreach (Match match in Written().Matches(text))
                points.Add(match.Groups[1].Value);
            foreach (Match match in Durable().Matches(text))
                points.UnionWith([match.Groups[1].Value + ".before-sync", match.Groups[1].Value + ".before-rename", match.Groups[1].Value + ".after-sync"]);
        }
        return [.. points];
    }

    [GeneratedRegex("""Crash\.At\("([a-z.-]+)"\)""", RegexOptions.None, 1000)]
    private static partial Regex Written();

    [GeneratedRegex("""Write\(.*"((?:journal|keeper)\.[a-z-]+)"\);""", RegexOptions.None, 1000)]
    private static partial Regex Durable();
}
