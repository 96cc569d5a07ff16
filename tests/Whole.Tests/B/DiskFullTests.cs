using System.Diagnostics;
using System.Globalization;

namespace Weir.Whole.Tests.B;

/// <summary>The disk of a worker, with its journal, is full while a build runs on it: the worker and the build say so, nothing runs twice unseen, and all goes on when there is room.</summary>
public sealed class DiskFullTests
{
    private static string Config(string ledger) => string.Create(CultureInfo.InvariantCulture, $$"""
        weir: 1
        workers:
          w1: { maxBuilds: 2, missingAfter: 10m }
        schedulers:
          force: { type: force, builders: [noisy, quiet] }
        builders:
          noisy:
            steps:
              - name: print
                run: |
                  echo begun >> {{ledger}}
                  echo begun
                  while [ ! -e {{ledger}}.enough ]; do head -c 30000 /dev/urandom | base64; sleep 0.05; done
                  echo over
              - run: echo last >> {{ledger}}
          quiet:
            steps: [ { run: echo quiet >> {{ledger}} } ]
        """);

    [Fact]
    public async Task A_full_disk_ends_the_command_in_words_and_its_request_is_built_again_when_there_is_room()
    {
        var ledger = Path.GetTempFileName();
        await using var weir = await Installation.Create(Config(ledger));
        var work = Directory.CreateDirectory(weir.WorkDirectory("w1")).FullName;
        Assert.SkipUnless(Run("mount", "-t", "tmpfs", "-o", "size=6m", "tmpfs", work), "A small file system can be mounted by root only.");
        try
        {
            var master = await weir.StartMaster("one");
            var worker = weir.StartWorker("w1", await weir.WorkerToken(master, "w1"), master.Url);
            var noisy = await weir.Force(master, "noisy");
            // Its own output fills the disk. The worker gives the command up, and cannot even write down that it did.
            await Installation.Eventually(() => Task.FromResult(worker.Output.Contains("No space left on device", StringComparison.Ordinal)), "the worker to say what is wrong", () => worker.Output);
            await Installation.Eventually(() => Task.FromResult(Process.GetProcessesByName("base64").Length == 0 || !StillPrints(work)), "the command to be ended");
            Assert.Equal(["begun"], await File.ReadAllLinesAsync(ledger));
            Assert.Equal(1, await weir.Sql<long>("SELECT count(*) FROM builds"));

            // There is room: the fate is told, and the request is tried again.
            await File.WriteAllTextAsync(ledger + ".enough", "");
            Assert.True(Run("mount", "-o", "remount,size=64m", work));
            Assert.Equal(0, await weir.ResultOf(noisy));
            Assert.Equal(0, await weir.ResultOf(await weir.Force(master, "quiet")));

            Assert.Equal(["begun", "begun", "last", "quiet"], await File.ReadAllLinesAsync(ledger));
            Assert.Equal(2, await weir.Sql<int>("SELECT max(attempt) FROM builds"));
            var lost = await weir.Sql<string>("SELECT s.state_text FROM steps s JOIN builds b ON b.id = s.build_id WHERE b.attempt = 1 AND s.name = 'print'");
            Assert.Contains("No space left on device", lost, StringComparison.Ordinal);
            var log = await weir.Sql<long>("SELECT l.id FROM logs l JOIN steps s ON s.id = l.step_id JOIN builds b ON b.id = l.build_id WHERE b.attempt = 1 AND s.name = 'print'");
            Assert.StartsWith("begun\n", await weir.RawLog(master, log), StringComparison.Ordinal);
            Assert.True(worker.Alive);
            await worker.Kill();
        }
        finally
        {
            Unmount(work);
            File.Delete(ledger);
            File.Delete(ledger + ".enough");
        }
    }

    [Fact]
    public async Task An_order_that_cannot_be_recorded_is_refused_in_words_and_the_next_one_is_taken()
    {
        var ledger = Path.GetTempFileName();
        await using var weir = await Installation.Create(Config(ledger));
        var work = Directory.CreateDirectory(weir.WorkDirectory("w1")).FullName;
        Assert.SkipUnless(Run("mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", work), "A small file system can be mounted by root only.");
        try
        {
            var master = await weir.StartMaster("one");
            var worker = weir.StartWorker("w1", await weir.WorkerToken(master, "w1"), master.Url);
            // The session is in force: that, too, is written down first.
            await Installation.Eventually(() => Task.FromResult(worker.Output.Contains("Connected to", StringComparison.Ordinal)), "the worker", () => worker.Output);
            Run("dd", "if=/dev/zero", "of=" + Path.Combine(work, "ballast"), "bs=4096");

            var refused = await weir.Force(master, "quiet");
            Assert.Equal(4, await weir.ResultOf(refused));
            Assert.Contains("The worker cannot record the order: No space left on device", await weir.Sql<string>("SELECT state_text FROM steps"), StringComparison.Ordinal);
            Assert.Empty(await File.ReadAllLinesAsync(ledger));

            File.Delete(Path.Combine(work, "ballast"));
            Assert.Equal(0, await weir.ResultOf(await weir.Force(master, "quiet")));
            Assert.Equal(["quiet"], await File.ReadAllLinesAsync(ledger));
            await worker.Kill();
        }
        finally
        {
            Unmount(work);
            File.Delete(ledger);
        }
    }

    // Whatever still works below is the keeper, which the installation ends.
    private static void Unmount(string work) => Run("umount", "-l", work);

    private static bool StillPrints(string work) => Process.GetProcessesByName("base64").Any(p =>
    {
        try
        {
            return new FileInfo($"/proc/{p.Id}/cwd").ResolveLinkTarget(false)?.FullName.StartsWith(work, StringComparison.Ordinal) == true;
        }
        catch (IOException)
        {
            return false;
        }
    });

    private static bool Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true, RedirectStandardOutput = true })!;
        process.StandardError.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0;
    }
}
