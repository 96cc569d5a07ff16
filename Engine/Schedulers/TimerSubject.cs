using System.Globalization;

namespace Weir.Engine.Schedulers;

/// <summary>Whose a timer is: a scheduler's, or that of one branch of a scheduler.</summary>
internal static class TimerSubject
{
    public static string Stable(long schedulerId, string? branch) => FormattableString.Invariant($"{schedulerId}:{branch}");

    /// <summary>The scheduler, and the branch if there is one.</summary>
    public static (long SchedulerId, string Branch) Read(string subject)
    {
        var colon = subject.IndexOf(':', StringComparison.Ordinal);
        var id = colon < 0 ? subject : subject[..colon];
        return (long.Parse(id, CultureInfo.InvariantCulture), colon < 0 ? "" : subject[(colon + 1)..]);
    }
}
