using System.Text.Json.Serialization;

namespace Weir.Shared.Protocol;

/// <summary>One entry of a command's file. The file is: started, any number of lines, ended. Closed: switch over the derived types.</summary>
/// <remarks>On disk and on the wire a frame is a kind byte, a four-byte little-endian length, and the body (<see cref="FrameCodec"/>).</remarks>
public abstract record Frame;

/// <summary>The processes were started.</summary>
/// <param name="AtUnixMs">By the worker's clock; for people, never for decisions.</param>
/// <param name="ProcessId">Of the first process; 0 if there is none.</param>
public sealed record StartedFrame(long AtUnixMs, int ProcessId) : Frame;

/// <summary>Lines of a log, compressed as they will be stored: the engine looks at the counts, never inside.</summary>
/// <param name="Log">Name of the log: <c>stdio</c>.</param>
/// <param name="LineCount">How many lines.</param>
/// <param name="ByteCount">Bytes that the command itself wrote, newlines included, before compression: what a raw download of these lines holds. Headers do not count.</param>
/// <param name="FirstAt">Milliseconds after the start of the first line.</param>
/// <param name="LastAt">… and of the last.</param>
/// <param name="Content">A <see cref="Logs.LogChunk"/>.</param>
public sealed record LinesFrame(string Log, int LineCount, int ByteCount, long FirstAt, long LastAt, ReadOnlyMemory<byte> Content) : Frame;

/// <summary>The command is over; nothing follows.</summary>
public sealed record EndedFrame : Frame
{
    /// <summary>The exit code, null when a signal ended it or it never began.</summary>
    public int? ExitCode { get; init; }

    /// <summary>The signal that ended it.</summary>
    public int? Signal { get; init; }
    public required EndKind Kind { get; init; }

    /// <summary>In words, for people: why it was ended, why it could not start.</summary>
    public string? Reason { get; init; }

    /// <summary>How long it ran, in milliseconds.</summary>
    public long DurationMs { get; init; }

    /// <summary>From <c>$WEIR_OUTPUT</c>, or of the checkout: <c>revision</c>.</summary>
    public IReadOnlyDictionary<string, string> Outputs { get; set; } = new Dictionary<string, string>();

    /// <summary>Standard output, if the order asked for it.</summary>
    public string? Output { get; init; }

    /// <summary>How many warnings there were, if the order asked for them to be counted.</summary>
    public long? Warnings { get; init; }
}

/// <summary>How a command ended; a closed list, written by name.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<EndKind>))]
public enum EndKind
{
    /// <summary>By itself; see the exit code or the signal.</summary>
    Exited,

    /// <summary>Killed: no output for too long.</summary>
    TimedOut,

    /// <summary>Killed: too long in all.</summary>
    MaxTime,

    /// <summary>Killed because the engine (or a person) asked.</summary>
    Interrupted,

    /// <summary>It could not be started: no such program, no such directory.</summary>
    CouldNotStart,

    /// <summary>Its fate is not known: the machine was restarted, or the keeper died.</summary>
    Lost,
}
