using Weir.Shared.Protocol;

namespace Weir.Worker.Commands.Following;

/// <summary>The files that a command's order wants followed, looked at several times a second.</summary>
internal sealed class FollowedFiles : IDisposable
{
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(100);
    private readonly CommandSession _session;
    private readonly IReadOnlyList<FollowedFile> _files;
    private long _looked;
    private bool _more;

    public FollowedFiles(IReadOnlyList<FollowedLog> logs, string directory, CommandSession session)
    {
        _session = session;
        _files = [.. logs.Select(l => new FollowedFile(l, directory, session.Log, session.Masker))];
        _looked = session.Time.GetTimestamp();
    }

    /// <summary>When to look again; null if there is nothing to follow.</summary>
    public TimeSpan? Next => _files.Count == 0 ? null : _more ? TimeSpan.Zero : Pace - _session.Time.GetElapsedTime(_looked);

    /// <summary>Looks if it is time; true if there was something new.</summary>
    public bool Look()
    {
        if (Next is not { } wait || wait > TimeSpan.Zero)
            return false;
        var before = _files.Sum(f => f.Came);
        _more = false;
        foreach (var file in _files)
            _more |= file.Read();
        _looked = _session.Time.GetTimestamp();
        return _files.Sum(f => f.Came) > before;
    }

    /// <summary>The processes are gone: reads what is left, as fast as it can be stored.</summary>
    public void End()
    {
        foreach (var file in _files)
        {
            while (file.Read() && !_session.Hurries)
            {
                if (_session.JournalFull)
                    _session.WaitForStore();
            }
            file.End();
        }
    }

    public void Dispose()
    {
        foreach (var file in _files)
            file.Dispose();
    }
}
