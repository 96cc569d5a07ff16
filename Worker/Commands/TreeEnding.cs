using Weir.Worker.Keeper;

namespace Weir.Worker.Commands;

/// <summary>Ends all processes of a command: TERM (or another signal) once, KILL after the grace and then again until none is left.</summary>
internal sealed class TreeEnding
{
    private static readonly TimeSpan HopelessAfter = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(50);
    private readonly CommandSession _session;
    private readonly long _began;
    private long _looked;
    private int _emptyLooks;
    private long _goneSince;

    public TreeEnding(CommandSession session)
    {
        _session = session;
        _began = _looked = session.Time.GetTimestamp();
        Gone = !session.Tree.Signal(session.FirstSignal.Number, session.Alone);
        _goneSince = _began;
    }

    /// <summary>No process is left.</summary>
    public bool Gone { get; private set; }

    /// <summary>How long none has been left.</summary>
    public TimeSpan StuckFor => Gone ? _session.Time.GetElapsedTime(_goneSince) : TimeSpan.Zero;

    /// <summary>They have been killed for so long that the system must be keeping them.</summary>
    public bool Hopeless => !Gone && _session.Time.GetElapsedTime(_began) > _session.Grace + HopelessAfter;

    /// <summary>When to look again.</summary>
    public TimeSpan Next => Pace - _session.Time.GetElapsedTime(_looked);

    public void Step()
    {
        if (Next > TimeSpan.Zero)
            return;
        _looked = _session.Time.GetTimestamp();
        var left = _session.Time.GetElapsedTime(_began) >= _session.Grace
            ? _session.Tree.Signal(Libc.SignalKill, _session.Alone)
            : _session.Tree.Find(_session.Alone).Count > 0;
        // One look can miss a child that is being forked while its parent dies: only the second empty one counts.
        _emptyLooks = left ? 0 : _emptyLooks + 1;
        var gone = _emptyLooks >= 2;
        if (gone && !Gone)
            _goneSince = _looked;
        Gone = gone;
    }
}
