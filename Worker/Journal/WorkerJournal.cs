using System.Text.Json;
using Weir.Shared.Protocol;
using Weir.Worker.Commands;

namespace Weir.Worker.Journal;

/// <summary>What the worker promised: the orders it accepted, those it finished, and the highest session it obeyed. Every promise is on disk before it is acted upon.</summary>
internal sealed class WorkerJournal
{
    private readonly WorkDirectory _work;
    private readonly FinishedIds _finished;
    private readonly AcceptedOrders _accepted;
    private readonly string _standingPath;

    public WorkerJournal(WorkDirectory work, string machine)
    {
        _work = work;
        Machine = machine;
        Instance = Identity.Of(work).Instance;
        _finished = new(work);
        _accepted = new(work, _finished);
        _standingPath = Path.Combine(work.State, "session.json");
        Standing = File.Exists(_standingPath) ? JsonSerializer.Deserialize(File.ReadAllBytes(_standingPath), JournalJson.Default.Standing) ?? Standing.None : Standing.None;
        TakeUp();
    }

    public Guid Instance { get; }

    /// <summary>This boot of the machine.</summary>
    public string Machine { get; }
    public Standing Standing { get; private set; }

    /// <summary>The session is obeyed from now on; none below it any more.</summary>
    public void Obey(Standing standing)
    {
        if (standing == Standing)
            return;
        Durable.Write(_standingPath, JsonSerializer.SerializeToUtf8Bytes(standing, JournalJson.Default.Standing), "journal.session");
        Standing = standing;
    }

    /// <summary>Another store: nothing of what was known means anything there.</summary>
    public void StartOver(string store)
    {
        _finished.Clear();
        Obey(new(store, 0));
    }

    public bool IsFinished(long command) => _finished.Contains(command);

    /// <summary>Promises to run a command, at most once.</summary>
    public AcceptedOrder Accept(StartOrder order)
    {
        var accepted = new AcceptedOrder(order.Command, order.Epoch, Machine, order.Spec);
        Crash.At("journal.accept.before-write");
        Directory.CreateDirectory(_work.Command(order.Command));
        accepted.Write(_work.Order(order.Command));
        _accepted.Add(accepted);
        Crash.At("journal.accept.after-sync");
        return accepted;
    }

    /// <summary>Takes back a promise that could not be recorded, and so was never made.</summary>
    public void Unaccept(long command) => Remove(command);

    /// <summary>Keeps a higher epoch.</summary>
    public AcceptedOrder Raise(AcceptedOrder order, long epoch)
    {
        if (epoch <= order.Epoch)
            return order;
        var raised = order with { Epoch = epoch };
        _accepted.Add(raised);
        raised.Write(_work.Order(order.Command));
        return raised;
    }

    /// <summary>The command is over and everybody knows: its id stays known, its files go.</summary>
    public void Finish(long command)
    {
        _finished.Add(command);
        Remove(command);
    }

    /// <summary>What was accepted and not finished, with the state of its file.</summary>
    public IReadOnlyList<(AcceptedOrder Order, long Length, bool Ended)> Recover()
    {
        var held = new List<(AcceptedOrder, long, bool)>();
        foreach (var id in _work.Ids())
        {
            if (IsFinished(id) || !File.Exists(_work.Order(id)))
            {
                Remove(id); // we died between the record and the removal, or before the promise was made
                continue;
            }
            var order = Read(id);
            var (length, ended) = FrameFile.Measure(_work.Frames(id), thoroughly: order.Machine != Machine);
            held.Add((order, length, ended));
        }
        return held;
    }

    /// <summary>The keeper may have started its process.</summary>
    public bool HasBegun(long command) => File.Exists(_work.Frames(command));

    /// <summary>Ends the file of a command whose fate nobody can know; not before what the engine has stored already. Returns the file's length.</summary>
    public long Lose(long command, long notBefore, string reason)
    {
        var (length, _) = FrameFile.Measure(_work.Frames(command), thoroughly: true);
        using var file = FrameFile.ContinueAt(_work.Frames(command), Math.Max(length, notBefore));
        Crash.At("journal.lose.before-write");
        file.Append(new EndedFrame { Kind = EndKind.Lost, Reason = reason });
        file.Sync();
        Crash.At("journal.lose.after-sync");
        return file.Length;
    }

    // What was promised under another boot, and a power cut has taken out of its directory, is made anew: to be called lost, since its processes cannot be alive, and not to be begun.
    private void TakeUp()
    {
        foreach (var order in _accepted.Open.ToList())
        {
            if (!IsFinished(order.Command) && order.Machine != Machine && TryRead(order.Command) is null)
            {
                Directory.CreateDirectory(_work.Command(order.Command));
                order.Write(_work.Order(order.Command));
            }
        }
        // Those of an earlier release lie in their directories alone.
        _accepted.Rewrite(_work.Ids().Where(id => !IsFinished(id)).Select(TryRead).OfType<AcceptedOrder>());
    }

    // An order that a newer version wrote and this one cannot read is still one: the keeper will say in its log why it does not run.
    private AcceptedOrder Read(long id) => TryRead(id) ?? new(id, 0, Machine, new RunSpec { Directory = "unreadable", Arguments = [] });

    private AcceptedOrder? TryRead(long id)
    {
        try
        {
            return File.Exists(_work.Order(id)) ? AcceptedOrder.Read(_work.Order(id)) : null;
        }
        catch (Exception e) when (e is JsonException or NotSupportedException)
        {
            return null;
        }
    }

    private void Remove(long command)
    {
        _accepted.Remove(command);
        Crash.At("journal.remove.before");
        if (Directory.Exists(_work.Command(command)))
            Directory.Delete(_work.Command(command), recursive: true);
        Crash.At("journal.remove.after");
    }
}
