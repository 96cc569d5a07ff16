using Weir.Shared.Protocol;
using Weir.Worker.Connection;
using Weir.Worker.Journal;

namespace Weir.Worker.Tests;

/// <summary>What a worker promised, and what a power cut leaves of it: only the file of the promises is on disk for certain.</summary>
public sealed class PromiseTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("weir-promises-").FullName;
    private readonly WorkDirectory _work;

    public PromiseTests()
    {
        _work = new(_folder);
        _work.Create();
    }

    private string Accepted => Path.Combine(_work.State, "accepted");

    private WorkerJournal Started(string boot) => new(_work, boot);

    private static StartOrder Order(long id, long epoch = 1) => new() { Session = 1, Command = id, Epoch = epoch, Spec = new RunSpec { Directory = "b", Arguments = ["make", $"part-{id}"] } };

    private static IReadOnlyList<(long Id, string? Lost, bool Waits)> Held(WorkerJournal journal)
    {
        var held = new HeldCommands(journal);
        held.Recover(new Dictionary<long, long>());
        return [.. held.All.Select(h => (h.Id, h.Lost, h.Waiting))];
    }

    [Fact]
    public void What_a_power_cut_took_is_lost_and_never_begun()
    {
        var journal = Started("boot-1");
        journal.Accept(Order(1));
        journal.Accept(Order(2));
        journal.Raise(journal.Accept(Order(3)), 7);
        journal.Finish(journal.Accept(Order(4)).Command);
        Directory.Delete(_work.Command(1), recursive: true);
        File.WriteAllText(_work.Order(2), "");
        File.WriteAllText(_work.Order(3), "{\"command\":");

        var after = Started("boot-2");

        Assert.Equal([(1, "The worker's machine was restarted.", false), (2, "The worker's machine was restarted.", false), (3, "The worker's machine was restarted.", false)], Held(after));
        Assert.Equal([(1, 1, "part-1"), (2, 1, "part-2"), (3, 7, "part-3")], after.Recover().Select(r => (r.Order.Command, r.Order.Epoch, ((RunSpec)r.Order.Spec).Arguments[1])));
        Assert.True(after.IsFinished(4));
    }

    [Fact]
    public void One_whose_end_a_power_cut_took_out_of_the_finished_ones_is_not_begun_either()
    {
        var journal = Started("boot-1");
        journal.Finish(journal.Accept(Order(1)).Command);
        Assert.False(Directory.Exists(_work.Command(1)));
        File.WriteAllText(Path.Combine(_work.State, "finished"), "");

        Assert.Equal([(1, "The worker's machine was restarted.", false)], Held(Started("boot-2")));
    }

    [Fact]
    public void Without_a_power_cut_an_order_counts_that_lies_in_its_directory()
    {
        var journal = Started("boot-1");
        journal.Accept(Order(1));
        journal.Accept(Order(2));
        Directory.Delete(_work.Command(1), recursive: true);
        // One of an earlier release, which knew no file of promises.
        journal.Accept(Order(3));
        File.Delete(Accepted);

        Assert.Equal([(2, null, true), (3, null, true)], Held(Started("boot-1")));
        Assert.Equal(2, File.ReadAllLines(Accepted).Length);
    }

    [Fact]
    public void A_torn_promise_was_none()
    {
        var journal = Started("boot-1");
        journal.Accept(Order(1));
        journal.Accept(Order(2));
        var text = File.ReadAllText(Accepted);
        Directory.Delete(_work.Commands, recursive: true);
        Directory.CreateDirectory(_work.Commands);
        File.WriteAllText(Accepted, text[..^20]);

        Assert.Equal([1L], Held(Started("boot-2")).Select(h => h.Id));
    }

    [Fact]
    public void One_that_cannot_be_recorded_leaves_nothing_behind()
    {
        var journal = Started("boot-1");
        journal.Accept(Order(1));
        // No file can be made where a directory stands.
        Directory.CreateDirectory(_work.Order(2) + ".new");

        Assert.ThrowsAny<Exception>(() => journal.Accept(Order(2)));
        journal.Unaccept(2);
        journal.Accept(Order(3));

        Assert.Equal([1L, 3L], Held(Started("boot-2")).Select(h => h.Id));
    }

    [Fact]
    public void The_file_does_not_grow_with_what_is_finished()
    {
        var journal = Started("boot-1");
        journal.Accept(Order(1));
        var huge = new string('x', 100_000);
        for (var id = 2L; id < 100; id++)
            journal.Finish(journal.Accept(Order(id) with { Spec = new RunSpec { Directory = "b", Arguments = [huge] } }).Command);

        Assert.InRange(new FileInfo(Accepted).Length, 1, 5 << 20);
        Assert.Equal([1L], Held(Started("boot-1")).Select(h => h.Id));
        Assert.InRange(new FileInfo(Accepted).Length, 1, 1000);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
