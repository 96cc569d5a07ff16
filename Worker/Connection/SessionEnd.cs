namespace Weir.Worker.Connection;

/// <summary>Why the conversation with an engine is over; a closed list.</summary>
internal abstract record SessionEnd
{
    private SessionEnd()
    {
    }

    /// <summary>No connection, or no longer one that works. Silent: the other side is there and does not answer.</summary>
    public sealed record Broken(string Reason, bool Silent = false) : SessionEnd;

    /// <summary>The engine sends us elsewhere.</summary>
    public sealed record SentAway(string Reason, IReadOnlyList<string> Addresses) : SessionEnd;

    /// <summary>The engine does not want us, in its words. Final: the token is wrong.</summary>
    public sealed record Refused(string Reason, bool Final) : SessionEnd;

    /// <summary>Behind the engine stands another store than before; everything of the old one is gone now.</summary>
    public sealed record OtherStore : SessionEnd;

    /// <summary>We were told to finish and go, and nothing is left to do.</summary>
    public sealed record Finished : SessionEnd;

    /// <summary>The agent stops, or its keeper is gone.</summary>
    public sealed record Stopped : SessionEnd;
}
