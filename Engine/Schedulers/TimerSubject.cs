using System.Globalization;

namespace Weir.Engine.Schedulers;

/// <summary>Whose a timer is: a scheduler's, or that of one line of changes (a branch) of a scheduler.</summary>
internal static class TimerSubject
{
    public static string Stable(long schedulerId, string line) => FormattableString.Invariant($"{schedulerId}:{line}");

    /// <summary>The scheduler, and the line if there is one.</summary>
    public static (long SchedulerId, string Line) Read(string subject)
    {
        var colon = subject.IndexOf(':', StringComparison.Ordinal);
        var id = colon < 0 ? subject : subject[..colon];
        return (long.Parse(id, CultureInfo.InvariantCulture), colon < 0 ? "" : subject[(colon + 1)..]);
    }
}
