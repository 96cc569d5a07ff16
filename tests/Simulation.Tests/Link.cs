namespace Weir.Simulation.Tests;

/// <summary>A worker's connection to an engine: in order both ways, cut with a word or without one.</summary>
internal sealed class Link(Loop loop, Dice dice, Machine worker, Machine engine)
{
    private static readonly TimeSpan Silence = Loop.Seconds(10);
    private long toWorker;
    private long toEngine;

    public bool Open { get; private set; } = true;

    /// <summary>Still believed in, but nothing goes through.</summary>
    public bool Silent { get; private set; }

    /// <summary>Called on the machine of each end when it notices that the connection is over.</summary>
    public Action? WorkerNotices { get; set; }
    public Action? EngineNotices { get; set; }

    public void ToWorker(Action message) => Send(worker, ref toWorker, message);

    public void ToEngine(Action message) => Send(engine, ref toEngine, message);

    /// <summary>Both ends hear of it soon; of a silent end only after a while without a sign of life.</summary>
    public void End(bool silent = false)
    {
        if (!Open)
            return;
        if (silent)
        {
            Silent = true;
            loop.After(Silence, () => End());
            return;
        }
        Open = false;
        loop.After(dice.Between(0.1, 5), () => worker.Enqueue(() => WorkerNotices?.Invoke()));
        loop.After(dice.Between(0.1, 5), () => engine.Enqueue(() => EngineNotices?.Invoke()));
    }

    private void Send(Machine to, ref long last, Action message)
    {
        if (!Open || Silent)
            return;
        // Never before what was sent before.
        last = Math.Max(last, loop.Now + (long)dice.Between(0.1, 4).TotalMicroseconds);
        loop.After(TimeSpan.FromMicroseconds(last - loop.Now), () =>
        {
            if (Open && !Silent)
                to.Enqueue(message);
        });
    }
}
