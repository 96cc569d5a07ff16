using Weir.Shared.Protocol;
using Weir.Worker.Tests.Support;

namespace Weir.Worker.Tests;

/// <summary>Directories that builds share, on a real worker.</summary>
public sealed class SharedDirectoryTests
{
    private static async Task<WorkerUnderTest> Started(FakeEngine engine)
    {
        var worker = new WorkerUnderTest(engine).Start();
        await Eventually.Holds(() => engine.Ready, "the worker is there");
        return worker;
    }

    private static RunSpec Writing(string text, string name = "sdk", string build = "lib #7") => new() { Directory = "b", Arguments = ["/bin/sh", "-c", text], Shared = [new(name, true, build)] };

    private static RunSpec Reading(string text, string name = "sdk") => new() { Directory = "c", Arguments = ["/bin/sh", "-c", text], Shared = [new(name, false, "app #1")] };

    private static async Task<SharedDirectoryState> Said(FakeEngine engine, Predicate<SharedDirectoryState> which, string what)
    {
        SharedDirectoryState? found = null;
        await Eventually.Holds(() => (found = engine.SharedDirectories.LastOrDefault()?.FirstOrDefault(d => which(d))) is not null, what);
        return found!;
    }

    [Fact]
    public async Task What_one_build_writes_another_reads_and_the_engine_and_the_owner_are_told()
    {
        await using var engine = await FakeEngine.Start();
        await using var worker = await Started(engine);

        Assert.Equal(0, (await engine.Order(Writing("printf 12345 > \"$WEIR_SHARED_SDK_A\"/file", "sdk-a")).End()).ExitCode);
        var read = engine.Order(Reading("cat \"$WEIR_SHARED_SDK_A\"/file; pwd", "sdk-a"));
        Assert.Equal(0, (await read.End()).ExitCode);

        Assert.StartsWith("12345", read.Text(), StringComparison.Ordinal);
        var said = await Said(engine, d => d is { Name: "sdk-a", Bytes: 5, InUse: false, Uses: 2 }, "the engine knows");
        Assert.Equal(("lib #7", true), (said.Writer, said.Well));
        var (_, status) = await WorkerUnderTest.RunProgram(null, "status", "--work", worker.Work);
        Assert.Contains("  shared   sdk-a, 5 bytes, written by lib #7 at ", status, StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_that_was_renamed_lies_where_it_lay()
    {
        await using var engine = await FakeEngine.Start();
        await using var worker = await Started(engine);
        Assert.Equal(0, (await engine.Order(Writing("echo old > \"$WEIR_SHARED_SDK\"/file")).End()).ExitCode);

        var renamed = engine.Order(new RunSpec { Directory = "b", Arguments = ["/bin/sh", "-c", "cat \"$WEIR_SHARED_KIT\"/file; test -z \"$WEIR_SHARED_SDK\" && echo new > \"$WEIR_SHARED_KIT\"/file"], Shared = [new("kit", true, "lib #8") { Place = "sdk" }] });
        Assert.Equal(0, (await renamed.End()).ExitCode);

        Assert.StartsWith("old", renamed.Text(), StringComparison.Ordinal);
        var said = await Said(engine, d => d is { Name: "sdk", InUse: false, Uses: 2 }, "the engine knows");
        Assert.Equal(("lib #8", true), (said.Writer, said.Well));
    }

    [Fact]
    public async Task What_cannot_be_noted_about_a_write_costs_no_build_its_result()
    {
        await using var engine = await FakeEngine.Start();
        await using var worker = await Started(engine);
        var notes = Path.Combine(worker.Work, ".weir", "shared-notes");

        // The build (or whoever else) takes the notes away while it runs.
        var end = await engine.Order(Writing($"rm -rf {notes}; touch {notes}; echo done")).End();
        Assert.Equal((EndKind.Exited, 0), (end.Kind, end.ExitCode));

        // Nothing is begun of which it cannot be known afterwards that it wrote.
        Assert.Equal(EndKind.CouldNotStart, (await engine.Order(Writing("true")).End()).Kind);
        File.Delete(notes);
        Assert.Equal(0, (await engine.Order(Writing("true")).End()).ExitCode);
    }

    [Fact]
    public async Task A_write_that_did_not_end_well_is_said_to_those_who_read_and_list()
    {
        await using var engine = await FakeEngine.Start();
        await using var worker = await Started(engine);

        Assert.Equal(3, (await engine.Order(Writing("echo half > \"$WEIR_SHARED_SDK\"/file; exit 3")).End()).ExitCode);
        var read = engine.Order(Reading("true"));
        await read.End();

        Assert.Contains("The last write into the shared directory sdk, by lib #7, did not end well", read.Headers, StringComparison.Ordinal);
        Assert.False((await Said(engine, d => d is { Uses: 2, InUse: false }, "the engine knows")).Well);

        await engine.Order(Writing("true", build: "lib #8")).End();
        var again = engine.Order(Reading("true"));
        await again.End();
        Assert.DoesNotContain("did not end well", again.Headers, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_write_whose_end_nobody_saw_did_not_end_well()
    {
        await using var engine = await FakeEngine.Start();
        await using var worker = await Started(engine);
        var command = engine.Order(Writing("echo half > \"$WEIR_SHARED_SDK\"/file; sleep 60"));
        await command.Started();
        Assert.True((await Said(engine, d => d.InUse, "it is in use")).Well);

        await worker.KillKeeper();
        Assert.Equal(EndKind.Lost, (await command.End()).Kind);

        var said = await Said(engine, d => !d.Well, "the engine knows");
        Assert.Equal(("lib #7", false), (said.Writer, said.InUse));
    }

    [Fact]
    public async Task A_link_or_a_file_in_its_place_is_removed_and_never_followed()
    {
        await using var engine = await FakeEngine.Start();
        await using var worker = await Started(engine);
        var other = Directory.CreateDirectory(Path.Combine(worker.Work, "other")).FullName;

        await engine.Order(Writing($"rmdir \"$WEIR_SHARED_SDK\" && ln -s '{other}' \"$WEIR_SHARED_SDK\"")).End();
        var next = engine.Order(Writing("echo mine > \"$WEIR_SHARED_SDK\"/file; rm -r \"$WEIR_SHARED_SDK\"; echo file > \"$WEIR_SHARED_SDK\""));
        Assert.Equal(0, (await next.End()).ExitCode);
        var last = engine.Order(Reading("ls -A \"$WEIR_SHARED_SDK\""));
        await last.End();

        Assert.Empty(Directory.EnumerateFileSystemEntries(other));
        Assert.Contains($"Instead of the shared directory sdk there was a link to {other}. It was removed; the directory begins empty.", next.Headers, StringComparison.Ordinal);
        Assert.Contains("Instead of the shared directory sdk there was a file.", last.Headers, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("../x")]
    [InlineData("")]
    [InlineData("a/b")]
    [InlineData(".")]
    [InlineData("a\n")]
    [InlineData("A")]
    public async Task A_name_that_is_none_is_refused_whoever_sends_it(string name)
    {
        await using var engine = await FakeEngine.Start();
        await using var worker = await Started(engine);

        var end = await engine.Order(Reading("true", name)).End();

        Assert.Equal((EndKind.CouldNotStart, $"\"{name}\" cannot be the name of a shared directory."), (end.Kind, end.Reason));
    }

    [Fact]
    public async Task It_is_removed_when_the_engine_says_so_but_not_if_it_was_used_since()
    {
        await using var engine = await FakeEngine.Start();
        await using var worker = await Started(engine);
        // A build may take every right away from its own files.
        await engine.Order(Writing("mkdir \"$WEIR_SHARED_SDK\"/d && touch \"$WEIR_SHARED_SDK\"/d/f && chmod 500 \"$WEIR_SHARED_SDK\"/d")).End();
        await Said(engine, d => d is { Uses: 1, InUse: false }, "the first use");
        var path = Path.Combine(worker.Work, ".weir", "shared", "sdk");

        var using_ = engine.Order(Reading("until [ -e ../go ]; do sleep 0.1; done"));
        await using_.Started();
        await engine.Client.Remove(engine.Session, "sdk", 1);
        await engine.Client.Remove(engine.Session, "sdk", 2);
        await File.WriteAllTextAsync(Path.Combine(worker.Work, "go"), "", TestContext.Current.CancellationToken);
        Assert.Equal(0, (await using_.End()).ExitCode);
        await Said(engine, d => d is { Uses: 2, InUse: false }, "the second use");
        Assert.True(Directory.Exists(path));

        await engine.Client.Remove(engine.Session, "../..", 2);
        await engine.Client.Remove(engine.Session, "sdk", 2);
        await Eventually.Holds(() => engine.SharedDirectories[^1].Count == 0, "it is gone");
        Assert.False(Directory.Exists(path));
        await Eventually.Holds(() => !Directory.Exists(Path.Combine(worker.Work, ".weir", "shared-rubbish")), "with all that was in it");
        Assert.Empty(engine.Complaints);
    }

    [Fact]
    public async Task A_worker_that_starts_again_knows_what_it_has_and_an_engine_of_before_is_not_told()
    {
        await using var engine = await FakeEngine.Start();
        await using var worker = await Started(engine);
        await engine.Order(Writing("echo x > \"$WEIR_SHARED_SDK\"/file")).End();
        await worker.Terminate();

        engine.Protocol = 3;
        var before = engine.SharedDirectories.Count;
        worker.Start();
        await Eventually.Holds(() => engine.Ready, "it is back");
        var (_, status) = await WorkerUnderTest.RunProgram(null, "status", "--work", worker.Work);
        Assert.Contains("  shared   sdk, 2 bytes, written by lib #7", status, StringComparison.Ordinal);
        Assert.Equal(before, engine.SharedDirectories.Count);

        engine.Protocol = WorkerProtocol.Newest;
        engine.Cut();
        Assert.Equal("lib #7", (await Said(engine, d => d is { Name: "sdk", Uses: 1 }, "the engine knows")).Writer);
    }
}
