using System.ComponentModel;
using System.Runtime.InteropServices;

namespace Weir.Worker.Keeper;

/// <summary>A pipe of the operating system whose ends are not inherited by chance.</summary>
internal sealed unsafe class Pipe : IDisposable
{
    private const int Size = 256 * 1024;
    private readonly Lock _gate = new();
    private int _reading = -1;
    private int _writing = -1;

    /// <param name="forWaking">Neither end ever blocks.</param>
    public Pipe(bool forWaking = false)
    {
        var ends = stackalloc int[2];
        if (Libc.MakePipe(ends, Libc.CloseOnExec | (forWaking ? Libc.NonBlocking : 0)) != 0)
            throw new Win32Exception(Marshal.GetLastPInvokeError());
        (_reading, _writing) = (ends[0], ends[1]);
        if (!forWaking)
            _ = Libc.Control(_writing, Libc.SetPipeSize, Size); // fewer switches between the process and us; refused beyond the user's limit, which does no harm
    }

    public int Reading => _reading;
    public int Writing => _writing;
    public bool Open => _reading >= 0;

    /// <summary>Bytes read; 0 at the end.</summary>
    public int Read(Span<byte> to)
    {
        fixed (byte* at = to)
        {
            while (true)
            {
                var n = Libc.Read(_reading, at, to.Length);
                if (n >= 0)
                    return (int)n;
                if (Marshal.GetLastPInvokeError() != Libc.Interrupted)
                    return 0;
            }
        }
    }

    /// <summary>Makes the reading end readable; harmless after it was closed.</summary>
    public void Wake()
    {
        lock (_gate)
        {
            byte one = 1;
            if (_writing >= 0)
                _ = Libc.Write(_writing, &one, 1);
        }
    }

    public void CloseReading()
    {
        if (_reading >= 0)
            _ = Libc.Close(_reading);
        _reading = -1;
    }

    public void CloseWriting()
    {
        lock (_gate)
        {
            if (_writing >= 0)
                _ = Libc.Close(_writing);
            _writing = -1;
        }
    }

    public void Dispose()
    {
        CloseReading();
        CloseWriting();
    }
}
