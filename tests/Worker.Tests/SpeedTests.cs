using System.Diagnostics;
using System.Globalization;
using System.Text;
using Weir.Shared.Protocol;
using Weir.Worker.Journal;
using Weir.Worker.Keeper;
using Weir.Worker.Tests.Support;

namespace Weir.Worker.Tests;

/// <summary>Measurements, run on demand: <c>dotnet test tests/Worker.Tests -- xUnit.Explicit=only</c>.</summary>
public sealed class SpeedTests
{
    [Fact(Explicit = true)]
    public async Task How_fast_the_keeper_takes_lines_of_80_bytes()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var root = Directory.CreateTempSubdirectory("weir-speed-").FullName;
        var work = new WorkDirectory(root);
        work.Create();
        var instance = Identity.Of(work).Instance;
        var input = Path.Combine(root, "input");
        await WriteLines(input, 300_000_000, cancellation);
        using var keeper = Process.Start(new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "weir-worker.dll"), "keeper", "--work", root]) { RedirectStandardOutput = true })!;
        try
        {
            await keeper.StandardOutput.ReadLineAsync(cancellation);
            await using var link = await KeeperLink.Open(work, 1 << 30, false, TimeProvider.System, Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance, cancellation);
            for (var id = 1; id <= 3; id++)
            {
                Directory.CreateDirectory(work.Command(id));
                new AcceptedOrder(id, 1, "boot", new RunSpec { Directory = "b", Arguments = ["cat", input] }).Write(work.Order(id));
                var before = keeper.TotalProcessorTime;
                var watch = Stopwatch.StartNew();
                link.Send(new() { Do = KeeperVerb.Start, Command = id });
                KeeperNews? news;
                do
                    news = await link.Receive(cancellation);
                while (news is { Ended: false });
                watch.Stop();
                keeper.Refresh();
                var cpu = keeper.TotalProcessorTime - before;
                Say($"300 MB in {watch.Elapsed.TotalSeconds:0.00} s: {300 / watch.Elapsed.TotalSeconds:0} MB/s; keeper's processor {cpu.TotalSeconds:0.00} s: {300 / cpu.TotalSeconds:0} MB/s and core; file {news!.Length / 1e6:0.0} MB; memory {keeper.PeakWorkingSet64 >> 20} MB peak");
            }
        }
        finally
        {
            keeper.Kill();
            Directory.Delete(root, recursive: true);
        }
    }

    [Fact(Explicit = true)]
    public async Task How_long_an_order_takes_to_become_a_process_and_an_answer()
    {
        await using var engine = await FakeEngine.Start();
        await using var worker = new WorkerUnderTest(engine).Start();
        await engine.Run("true").End();
        var took = new List<double>();
        var began = new List<double>();
        for (var i = 0; i < 40; i++)
        {
            var watch = Stopwatch.StartNew();
            var command = engine.Run("true");
            await command.Started();
            began.Add(watch.Elapsed.TotalMilliseconds);
            await command.End();
            took.Add(watch.Elapsed.TotalMilliseconds);
        }
        began.Sort();
        took.Sort();
        Say($"order to started frame at the engine: p50 {began[20]:0.0} ms, p95 {began[38]:0.0} ms; to ended: p50 {took[20]:0.0} ms, p95 {took[38]:0.0} ms");
    }

    [Fact(Explicit = true)]
    public async Task How_fast_output_reaches_an_engine()
    {
        await using var engine = await FakeEngine.Start();
        await using var worker = new WorkerUnderTest(engine).Start();
        await engine.Run("true").End();
        var input = Path.Combine(worker.Work, "input");
        await WriteLines(input, 200_000_000, TestContext.Current.CancellationToken);
        var watch = Stopwatch.StartNew();
        var command = engine.Run("cat", input);
        command.Keep = false;
        await command.End();
        Say($"200 MB whole path in {watch.Elapsed.TotalSeconds:0.0} s: {200 / watch.Elapsed.TotalSeconds:0} MB/s; agent peak {worker.Agent.PeakWorkingSet64 >> 20} MB");
    }

    private static async Task WriteLines(string path, long bytes, CancellationToken cancellation)
    {
        await using var file = new StreamWriter(path, append: false, Encoding.ASCII, 1 << 16);
        for (long n = 0; n * 80 < bytes; n++)
            await file.WriteAsync(string.Create(CultureInfo.InvariantCulture, $"[{n,10}] compiling src/module{n % 97:00}/file{n % 1013:0000}.c -> obj/f{n % 1013:0000}.o      ok {n % 7} ms\n").AsMemory(), cancellation);
    }

    private static void Say(string text)
    {
        TestContext.Current.TestOutputHelper?.WriteLine(text);
        Console.WriteLine(text);
    }
}
