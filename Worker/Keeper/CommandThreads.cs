namespace Weir.Worker.Keeper;

/// <summary>
/// The threads of commands, one each as long as it runs. A thread that is done with its command waits a while for the next one: making one costs some sixty calls of the system, a third of what a short command asks of a keeper.
/// Not the framework's pool, whose threads are few and not meant to wait for hours.
/// </summary>
internal sealed class CommandThreads
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private readonly object _gate = new();
    private readonly Queue<Action> _work = new();
    private int _waiting;

    /// <summary>Runs this on a thread of its own, which comes back when it is done.</summary>
    public void Run(Action command)
    {
        lock (_gate)
        {
            _work.Enqueue(command);
            if (_work.Count <= _waiting)
            {
                Monitor.Pulse(_gate);
                return;
            }
        }
        new Thread(Live) { IsBackground = true, Name = "command" }.Start();
    }

    private void Live()
    {
        while (Next() is { } command)
            command();
    }

    private Action? Next()
    {
        lock (_gate)
        {
            _waiting++;
            while (_work.Count == 0 && Monitor.Wait(_gate, Patience))
            {
                // Woken for a command, unless another one was faster.
            }
            _waiting--;
            return _work.TryDequeue(out var command) ? command : null;
        }
    }
}
