using Microsoft.Win32.SafeHandles;
using Weir.Shared.Protocol;
using Weir.Worker.Journal;

namespace Weir.Worker.Connection;

/// <summary>One command that the worker holds, as the agent knows it.</summary>
internal sealed class Held(AcceptedOrder order) : IDisposable
{
    public long Id => Order.Command;
    public AcceptedOrder Order { get; set; } = order;
    public long Length { get; set; }

    /// <summary>Its file is complete.</summary>
    public bool Ended { get; set; }

    /// <summary>It was accepted, and the keeper has not been told yet.</summary>
    public bool Waiting { get; set; }

    /// <summary>It waits for its order to come once more: the values of its secrets are in no file.</summary>
    public bool NeedsSecrets => Waiting && WorkerAbilities.SecretNames(Order.Spec).Any();

    /// <summary>Nobody can know its fate; why. Its end is written when the engine has said how far it has stored.</summary>
    public string? Lost { get; set; }

    /// <summary>The engine does not know it: it goes when it has ended.</summary>
    public bool Forgotten { get; set; }

    /// <summary>The engine of the connection in force wants it.</summary>
    public bool Wanted { get; set; }

    /// <summary>Sent on the connection in force up to here …</summary>
    public long Sent { get; set; }

    /// <summary>… and stored by the engine up to here.</summary>
    public long Acknowledged { get; set; }

    /// <summary>Its file, opened for shipping.</summary>
    public SafeFileHandle? File { get; set; }

    public void Dispose() => File?.Dispose();
}

/// <summary>Everything the agent holds. Whoever touches it holds <see cref="Gate"/>.</summary>
internal sealed class HeldCommands(WorkerJournal journal)
{
    private readonly SortedDictionary<long, Held> _all = [];

    public Lock Gate { get; } = new();
    public IReadOnlyCollection<Held> All => _all.Values;

    public Held? Find(long id) => _all.GetValueOrDefault(id);

    public void Add(Held held) => _all.Add(held.Id, held);

    /// <summary>Whatever an earlier agent, or an earlier keeper, has left.</summary>
    /// <param name="running">Ids of the commands that the keeper runs.</param>
    public void Recover(IReadOnlyDictionary<long, long> running)
    {
        foreach (var held in _all.Values)
            held.Dispose();
        _all.Clear();
        foreach (var (order, length, ended) in journal.Recover())
        {
            var held = new Held(order) { Length = length, Ended = ended };
            if (running.TryGetValue(order.Command, out var now))
                held.Length = Math.Max(now, length);
            else if (order.Machine != journal.Machine && !ended)
                held.Lost = "The worker's machine was restarted.";
            else if (length == 0 && !journal.HasBegun(order.Command))
                held.Waiting = true;
            else if (!ended)
                held.Lost = "The worker's keeper process was killed, and the command with it.";
            _all.Add(held.Id, held);
        }
    }

    /// <summary>It is over and everybody knows.</summary>
    public void Finish(Held held)
    {
        held.Dispose();
        journal.Finish(held.Id);
        _all.Remove(held.Id);
    }

    public IReadOnlyList<HeldCommand> ForHello() => [.. _all.Values.Where(h => !h.Forgotten).Select(h => new HeldCommand(h.Id, h.Order.Epoch, h.Length, h.Ended, h.NeedsSecrets))];
}
