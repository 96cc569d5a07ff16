namespace Weir.Engine.Masters;

/// <summary>How the state of a master follows from its row.</summary>
internal static class MasterRows
{
    /// <summary>A word of <see cref="Weir.Shared.Masters.MasterState"/> for the master <c>m</c>: what it wrote last, unless it has been silent for 30 s without having said that it stops.</summary>
    public const string State = "CASE WHEN m.state <> 'Stopped' AND m.heartbeat_at < (SELECT weir_now()) - interval '30 seconds' THEN 'Dead' ELSE m.state END";

    /// <summary>The builders to which the master <c>m</c> has limited itself at its last start …</summary>
    public const string OnlyBuilders = "CASE WHEN m.limits_incarnation = m.incarnation THEN m.only_builders ELSE '{}' END";

    /// <summary>… and their tags.</summary>
    public const string OnlyTags = "CASE WHEN m.limits_incarnation = m.incarnation THEN m.only_tags ELSE '{}' END";

    /// <summary>Whether the master <c>m</c> has just come to count as dead: nobody has written it down yet.</summary>
    public const string IsNewlySilent = "m.state NOT IN ('Stopped', 'Dead') AND m.heartbeat_at < (SELECT weir_now()) - interval '30 seconds'";
}
