using Weir.Bench.Cases;

namespace Weir.Bench;

/// <summary>Measures Weir from outside: real masters, real workers, a durable PostgreSQL of its own.</summary>
internal static class Program
{
    private static readonly (string Name, string What, Func<Bench, Task> Run)[] All =
    [
        ("dispatch", "a change, one at a time → its step runs", Building.Dispatch),
        ("dispatch-ui", "the same, sent to a master that only shows pages", Building.DispatchThroughUi),
        ("throughput", "300 builds ordered by REST on 8 workers", Building.Throughput),
        ("locks", "200 builds whose step holds one exclusive lock", Building.Locks),
        ("orders", "200 builds ordered by REST while all workers are busy", Building.Orders),
        ("fanout", "one change → 100 builders", Building.Fanout),
        ("commits", "what the same PostgreSQL does when nothing else is asked of it", Machines.Commits),
        ("start", "start of a master with one builder", Configuring.Start),
        ("reconfig", "1,000 builders and 100 schedulers: start, check, one edit", Configuring.Reconfigure),
        ("revisions", "200 running builds under a revision every second for five minutes", Configuring.Revisions),
        ("big-dispatch", "dispatch beside 1,000 builders", Configuring.BigDispatch),
        ("history", "requests and pages on up to 1,000,000 builds", History.Requests),
        ("herd", "200 workers that connect at one moment", Machines.Herd),
        ("memory", "an idle master, and a worker", Machines.Memory),
        ("kill", "kill -9 of the master within a step", Machines.Kill),
        ("idle", "500 and 2,000 idle workers on one engine", Machines.Idle),
        ("failover", "kill -9 of an engine within a step, while another is there", Handing.Failover),
        ("drain", "TERM to an engine with 8 running builds", Handing.Drain),
        ("rolling", "three masters replaced under 20 builds a second", Handing.Rolling),
        ("dom", "an event in the store → a change in a browser", Watching.Dom),
        ("viewers", "1,000 connections on one waterfall", Watching.Crowd),
        ("biglog", "1,000,000 lines of 80 bytes, written and read", Output.BigLog),
    ];

    public static async Task<int> Main(string[] arguments)
    {
        var repeat = 3;
        string? output = null;
        var names = new List<string>();
        for (var i = 0; i < arguments.Length; i++)
        {
            switch (arguments[i])
            {
                case "--repeat" when i + 1 < arguments.Length && int.TryParse(arguments[++i], out repeat) && repeat > 0:
                case "--out" when i + 1 < arguments.Length && (output = arguments[++i]).Length > 0:
                    break;
                case var name when All.Any(c => c.Name == name):
                    names.Add(name);
                    break;
                default:
                    await Console.Error.WriteLineAsync($"bench/run [--repeat N] [--out FILE] [CASE…]\n\n{string.Join('\n', All.Select(c => $"  {c.Name,-14} {c.What}"))}");
                    return arguments[i] is "--help" or "-h" ? 0 : 2;
            }
        }
        output ??= Path.Combine(Places.Root, "artifacts/bench/weir.jsonl");
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(output))!);
        var directory = Directory.CreateTempSubdirectory("weir-bench-run-");
        Directory.CreateDirectory(Path.Combine(directory.FullName, "stamps"));
        // As root the server runs under another account, which must be able to pass.
        File.SetUnixFileMode(directory.FullName, (UnixFileMode)0b111_101_101);
        var failed = false;
        await using (var file = new StreamWriter(output, append: names.Count > 0))
        await using (var server = await Server.Start(Path.Combine(directory.FullName, "postgres")))
        {
            var bench = new Bench(server, new Results(file, "weir"), repeat, directory.FullName);
            foreach (var (name, _, run) in All.Where(c => names.Count == 0 || names.Contains(c.Name)))
            {
                try
                {
                    await run(bench);
                }
#pragma warning disable CA1031 // A case that fails is told, and the others still run.
                catch (Exception e)
#pragma warning restore CA1031
                {
                    failed = true;
                    bench.Results.Failed(name, e);
                }
            }
        }
        directory.Delete(recursive: true);
        return failed ? 1 : 0;
    }
}
