namespace Weir.Simulation.Tests;

/// <summary>A machine of the simulation: what runs on it runs when the loop says so; it can be frozen, and killed without any clean-up.</summary>
internal sealed class Machine(Loop loop, string name) : SynchronizationContext
{
    private readonly Queue<Action> ready = new();

    public string Name => name;
    public bool Frozen { get; set; }
    public bool Dead { get; private set; }
    public bool CanRun => ready.Count > 0 && !Frozen && !Dead;

    public void Kill()
    {
        Dead = true;
        ready.Clear();
    }

    public override void Post(SendOrPostCallback d, object? state) => Enqueue(() => d(state));

    public override void Send(SendOrPostCallback d, object? state) => throw new NotSupportedException("Nothing in the simulation waits by blocking.");

    public override SynchronizationContext CreateCopy() => this;

    public void Enqueue(Action action)
    {
        loop.AssertOwnThread();
        if (!Dead)
            ready.Enqueue(action);
    }

    /// <summary>Starts something that runs here; what it throws is a failure of the run.</summary>
    public void Run(Func<Task> body) => Enqueue(() => _ = Watch(body));

    public void RunNext()
    {
        var action = ready.Dequeue();
        var before = Current;
        SetSynchronizationContext(this);
        try
        {
            action();
        }
        finally
        {
            SetSynchronizationContext(before);
        }
    }

    private async Task Watch(Func<Task> body)
    {
        try
        {
            await body();
        }
#pragma warning disable CA1031 // The border of the simulation: whatever it is, the run has failed, and says why.
        catch (Exception e)
#pragma warning restore CA1031
        {
            loop.Fail($"{name}: {e.GetType().Name}: {e.Message}");
        }
    }
}

/// <summary>The only thread: picks by dice whose turn it is, and lets time jump when nobody has anything to do.</summary>
internal sealed class Loop(Dice dice)
{
    private readonly PriorityQueue<Action, (long At, long Order)> timers = new();
    private readonly List<Machine> machines = [];
    private readonly List<Machine> awake = [];
    private readonly int thread = Environment.CurrentManagedThreadId;
    private long order;

    /// <summary>Microseconds since the beginning.</summary>
    public long Now { get; private set; }

    /// <summary>Of everything that happened so far, in its order.</summary>
    public ulong Hash { get; private set; } = 0xcbf29ce484222325;

    /// <summary>What went wrong, if something did.</summary>
    public string? Failure { get; private set; }

    public static TimeSpan Seconds(double seconds) => TimeSpan.FromSeconds(seconds);

    public Machine Add(string name)
    {
        var machine = new Machine(this, name);
        machines.Add(machine);
        return machine;
    }

    public void Fail(string why) => Failure ??= FormattableString.Invariant($"{Now / 1e6:0.000} s: {why}");

    public void After(TimeSpan wait, Action action) => timers.Enqueue(action, (Now + (long)wait.TotalMicroseconds, order++));

    /// <summary>Comes back on the machine that asked.</summary>
    public Task Delay(TimeSpan wait)
    {
        var over = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        After(wait, over.SetResult);
        return over.Task;
    }

    /// <summary>False when nothing is left to happen.</summary>
    public bool Step()
    {
        awake.Clear();
        foreach (var machine in machines)
        {
            if (machine.CanRun)
                awake.Add(machine);
        }
        if (awake.Count > 0)
        {
            var turn = dice.Of(awake);
            foreach (var c in turn.Name)
                Note(c);
            turn.RunNext();
            return true;
        }
        if (!timers.TryDequeue(out var timer, out var due))
            return false;
        Now = Math.Max(Now, due.At);
        Note((ulong)Now);
        machines.RemoveAll(m => m.Dead);
        timer();
        return true;
    }

    public void AssertOwnThread()
    {
        if (Environment.CurrentManagedThreadId != thread)
            throw new InvalidOperationException("Something escaped to another thread: the run is not the same twice.");
    }

    private void Note(ulong what) => Hash = (Hash ^ what) * 0x100000001b3;
}
