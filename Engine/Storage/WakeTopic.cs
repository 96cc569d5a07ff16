namespace Weir.Engine.Storage;

/// <summary>The words by which loops are woken, in this process and by notice in the others.</summary>
public static class WakeTopic
{
    /// <summary>There are events to number.</summary>
    public const string Events = "events";

    /// <summary>There are newly numbered events to read.</summary>
    public const string Numbered = "numbered";

    /// <summary>Changes wait to be classified.</summary>
    public const string Changes = "changes";

    /// <summary>Webhooks wait to be read.</summary>
    public const string Hooks = "hooks";

    /// <summary>A timer was set or moved.</summary>
    public const string Timers = "timers";

    /// <summary>Requests came, a slot came free, a worker came: somebody may start.</summary>
    public const string Queue = "queue";

    /// <summary>A step has asked for locks, or somebody who held some has let them go.</summary>
    public const string Locks = "locks";

    /// <summary>Somebody wishes a build to stop.</summary>
    public const string Stops = "stops";

    /// <summary>Builds for which another one waits have ended.</summary>
    public const string Triggers = "triggers";

    /// <summary>Another revision is in force.</summary>
    public const string Configuration = "configuration";

    /// <summary>A revision is held back until builds have ended.</summary>
    public const string Held = "held";

    /// <summary>A master was told to go, or to stay.</summary>
    public const string Masters = "masters";

    /// <summary>Another engine is there, so workers may have to be handed over.</summary>
    public const string Spreading = "spreading";

    /// <summary>A worker's row changed (token, pause).</summary>
    public const string Workers = "workers";

    /// <summary>A pause began or ended.</summary>
    public const string Pauses = "pauses";

    /// <summary>A master of pages asked engines for something.</summary>
    public const string Orders = "orders";

    /// <summary>An engine has carried an order out, or refused it.</summary>
    public const string OrdersDone = "orders-done";

    /// <summary>Mails wait to be sent.</summary>
    public const string Mails = "mails";

    /// <summary>Prefix of hints that a log grew: <c>log:17</c>.</summary>
    public const string LogPrefix = "log:";
}
