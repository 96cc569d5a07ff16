using System.ComponentModel;
using System.Runtime.InteropServices;

namespace Weir.Worker.Keeper;

/// <summary>How a process ended: by itself with a code, or by a signal.</summary>
internal readonly record struct ProcessExit(int? Code, int? Signal);

/// <summary>Starts processes and hears of the end of each, the adopted orphans included; one thread waits for all.</summary>
internal sealed unsafe class Reaper
{
    private readonly object _gate = new();
    private readonly Dictionary<int, Action<ProcessExit>> _waiting = [];
    private int _starts;

    public Reaper()
    {
        // Orphans of our commands become our children instead of init's: we see them, and can end them.
        if (Libc.ProcessControl(Libc.SetSubreaper, 1, 0, 0, 0) != 0)
            throw new Win32Exception(Marshal.GetLastPInvokeError());
        new Thread(Loop) { IsBackground = true, Name = "reaper" }.Start();
    }

    /// <summary>Starts a program; <paramref name="ended"/> is called once, from the reaper's thread.</summary>
    public int Start(ProgramToRun program, int output, int error, Action<ProcessExit> ended)
    {
        int process;
        lock (_gate)
        {
            process = Spawning.Start(program, output, error);
            _waiting.Add(process, ended);
            _starts++;
            Monitor.Pulse(_gate);
        }
        return process;
    }

    private void Loop()
    {
        var information = stackalloc byte[256];
        while (true)
        {
            var seen = Volatile.Read(ref _starts);
            // First only look: while the zombie stays, its number is not given away, so it can be looked up without a race.
            if (Libc.WaitId(Libc.WaitAll, 0, information, Libc.WaitExited | Libc.WaitKeep) == 0)
                Collect(*(int*)(information + 16));
            else if (Marshal.GetLastPInvokeError() == Libc.NoChild)
                WaitForStart(seen);
        }
    }

    private void WaitForStart(int seen)
    {
        lock (_gate)
        {
            while (_starts == seen)
                Monitor.Wait(_gate);
        }
    }

    private void Collect(int process)
    {
        Action<ProcessExit>? ended;
        int status;
        lock (_gate)
        {
            if (Libc.WaitProcess(process, &status, 0) != process)
                return;
            _waiting.Remove(process, out ended);
        }
        var signal = status & 0x7f;
        ended?.Invoke(signal == 0 ? new((status >> 8) & 0xff, null) : new(null, signal));
    }
}
