namespace Weir.Shared.Protocol;

/// <summary>The versions of the worker protocol. Hello offers a range, welcome names the one in use (B3).</summary>
public static class WorkerProtocol
{
    public const int Oldest = 1;
    public const int Newest = 4;

    /// <summary>From this version on a worker can say that it finishes and goes (<see cref="IWorkerHub.Stopping"/>, <see cref="IWorkerClient.Finished"/>).</summary>
    public const int WithStopping = 2;

    /// <summary>From this version on a worker is told of engines that come and go while it is connected (<see cref="IWorkerClient.Engines"/>).</summary>
    public const int WithEngines = 2;

    /// <summary>From this version on a worker can say that its owner uses the machine (<see cref="IWorkerHub.Away"/>).</summary>
    public const int WithPresence = 3;

    /// <summary>From this version on a worker tells which shared directories it has (<see cref="IWorkerHub.Directories"/>), and removes those that it is told to (<see cref="IWorkerClient.Remove"/>).</summary>
    public const int WithDirectories = 4;

    /// <summary>Path of the hub, below a master's address.</summary>
    public const string HubPath = "/hubs/worker";

    /// <summary>Both sides send a ping this often …</summary>
    public static readonly TimeSpan Ping = TimeSpan.FromSeconds(3);

    /// <summary>… and call the connection dead after so long without one.</summary>
    public static readonly TimeSpan Silence = TimeSpan.FromSeconds(10);

    /// <summary>Largest piece of a command's file in one message, in bytes before base64.</summary>
    public const int MaxPiece = 256 * 1024;

    /// <summary>How many bytes of a worker's pieces may be unacknowledged on one connection.</summary>
    public const int Window = 2 * 1024 * 1024;

    /// <summary>Lines longer than this are cut, visibly.</summary>
    public const int MaxLine = 64 * 1024;

    /// <summary>Why a worker refuses a command whose end it has been told to be stored. Engines know the sentence: it must stay as it is.</summary>
    public const string FinishedBefore = "This command was run and finished before.";
}

/// <summary>What a worker may call on an engine. One connection at a time: the worker closes the old one before it composes a hello.</summary>
public interface IWorkerHub
{
    /// <summary>First call on every connection. Answers <see cref="Welcome"/> with a session or a refusal in words.</summary>
    Task<Welcome> Hello(Hello hello);

    /// <summary>A piece of a command's file; returns when it is queued, not when it is stored. The acknowledgement comes as <see cref="IWorkerClient.Applied"/>.</summary>
    Task Append(Piece piece);

    /// <summary>
    /// At once after the welcome was taken in, which tells the engine that orders may come; then every few seconds, which keeps the session's row fresh.
    /// False: this session is no longer in force, say hello again.
    /// </summary>
    Task<bool> Beat(long session);

    /// <summary>The worker refused an order (<see cref="IWorkerClient.Start"/>), with the reason in words.</summary>
    Task Refuse(long session, long command, string reason);

    /// <summary>
    /// The worker finishes what it does and goes. When this returns nothing new is begun on it any more, and <see cref="IWorkerClient.Finished"/> will come. Since version 2.
    /// </summary>
    Task Stopping(long session);

    /// <summary>The owner of the machine wants it for himself, or (null) is done with it. When this returns nothing new is begun on it while he is there; what runs goes on. Since version 3.</summary>
    Task Away(long session, OwnerAbsence? absence);

    /// <summary>All shared directories that the worker has. Since version 4.</summary>
    Task Directories(long session, IReadOnlyList<SharedDirectoryState> directories);
}

/// <summary>What an engine may call on a worker.</summary>
public interface IWorkerClient
{
    /// <summary>Run this command. Accepting is recorded on disk (fsync) before the process starts; a known id, or an older epoch or session, is refused.</summary>
    Task Start(StartOrder order);

    /// <summary>End the command's processes: TERM, after the grace KILL.</summary>
    Task Interrupt(InterruptOrder order);

    /// <summary>The engine has stored the command's file up to this position.</summary>
    Task Applied(Acknowledgement acknowledgement);

    /// <summary>The engine knows nothing of this command: end it and forget it.</summary>
    Task Forget(long session, long command);

    /// <summary>This connection is over; connect again (elsewhere if addresses are given).</summary>
    Task Leave(string reason, IReadOnlyList<string> addresses);

    /// <summary>Addresses of all active engines, this one's first; said when they have changed since the welcome. Since version 2.</summary>
    Task Engines(IReadOnlyList<string> addresses);

    /// <summary>Nothing is left of what this worker had to do: since it is stopping, it may go. Since version 2.</summary>
    Task Finished(long session);

    /// <summary>Nobody needs this shared directory here any more. If a command has used it since, or uses it, it stays. Since version 4.</summary>
    Task Remove(long session, string directory, long uses);
}

/// <summary>A worker presents itself.</summary>
public sealed record Hello
{
    public required int OldestProtocol { get; init; }
    public required int NewestProtocol { get; init; }

    /// <summary>The name it was started with; the token decides whether it may carry it.</summary>
    public string Name { get; set; } = "";

    /// <summary>The worker's installation: made once for its work directory.</summary>
    public required Guid Instance { get; init; }

    /// <summary>The machine's boot (on Linux <c>/proc/sys/kernel/random/boot_id</c>) with the keeper's identity: when it changes, running commands are gone.</summary>
    public required string Boot { get; init; }
    public required string Version { get; init; }

    /// <summary>What this worker can do beyond the protocol's beginnings, see <see cref="WorkerAbilities"/>; one that says nothing is of an earlier release.</summary>
    public IReadOnlyList<string> Abilities { get; set; } = [];

    /// <summary>It finishes what it does and goes: nothing new is begun on it. An engine that speaks version 1 does not read this.</summary>
    public bool Stopping { get; init; }

    /// <summary>Its owner uses the machine: nothing new is begun on it. An engine that speaks a version below 3 does not read this.</summary>
    public OwnerAbsence? Absence { get; init; }

    /// <summary>The highest session this instance has seen.</summary>
    public long HighestSession { get; init; }
    public required WorkerInfo Info { get; init; }

    /// <summary>The commands it holds: accepted and not yet forgotten.</summary>
    public IReadOnlyList<HeldCommand> Commands { get; set; } = [];
}

/// <summary>The owner of a machine uses it.</summary>
/// <param name="Reason">Why, as the owner said.</param>
/// <param name="Seconds">For so long from now on; null: until something else is said. A span, since the clocks of machines differ.</param>
public sealed record OwnerAbsence(string? Reason, double? Seconds);

/// <summary>A shared directory on a worker.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Bytes">The size of its files, when it was measured last.</param>
/// <param name="Writer">The build that wrote last; null: none did.</param>
/// <param name="WrittenAt">When that ended, or began, if nobody saw its end; by the worker's clock.</param>
/// <param name="Well">That ended by itself and well, or goes on.</param>
/// <param name="InUse">A command uses it.</param>
/// <param name="Uses">The newest command that has used it.</param>
public sealed record SharedDirectoryState(string Name, long Bytes, string? Writer, DateTimeOffset? WrittenAt, bool Well, bool InUse, long Uses);

/// <summary>What a worker says of its machine.</summary>
public sealed record WorkerInfo
{
    public string Host { get; set; } = "";
    public string System { get; set; } = "";
    public string Architecture { get; set; } = "";
    public int Cores { get; init; }
    public long MemoryBytes { get; init; }
    public string Version { get; set; } = "";
    public string Runtime { get; set; } = "";
    public string? Git { get; init; }
}

/// <summary>A command that the worker holds.</summary>
/// <param name="Command">Its id.</param>
/// <param name="Epoch">The epoch of its order.</param>
/// <param name="Length">Bytes in its file.</param>
/// <param name="Ended">Its file is complete.</param>
/// <param name="NeedsSecrets">It was accepted and never begun, and its secrets are gone with the process that had them: send the order again.</param>
public sealed record HeldCommand(long Command, long Epoch, long Length, bool Ended, bool NeedsSecrets = false);

/// <summary>The engine's answer to hello.</summary>
public sealed record Welcome
{
    /// <summary>Null when welcome; otherwise why not, in words.</summary>
    public string? Refusal { get; init; }

    /// <summary>Refused for good, because of the token or the name: the worker ends, unless it holds commands. Otherwise it asks again later.</summary>
    public bool Final { get; init; }
    public int Protocol { get; init; }
    public long Session { get; init; }
    public string Master { get; set; } = "";

    /// <summary>Which store stands behind the engine. Ids and sessions of another store mean other things: when it changes, the worker ends and forgets everything it knew. Empty: not compared.</summary>
    public string Store { get; set; } = "";

    /// <summary>Addresses of all active engines, this one included. With a refusal: where to go instead, at once.</summary>
    public IReadOnlyList<string> Addresses { get; set; } = [];

    /// <summary>One for each command the worker said it holds.</summary>
    public IReadOnlyList<Verdict> Verdicts { get; set; } = [];
}

/// <summary>What becomes of a command that the worker holds: continue sending from <see cref="From"/> under the new epoch, or end it and forget it.</summary>
public sealed record Verdict(long Command, bool Continue, long From, long Epoch);

/// <summary>An order to run a command.</summary>
public sealed record StartOrder
{
    public required long Session { get; init; }
    public required long Command { get; init; }
    public required long Epoch { get; init; }
    public required CommandSpec Spec { get; init; }

    /// <summary>Values of the secrets that <see cref="Spec"/> names. Only here they stand in clear: the worker keeps them in memory and masks them in all that it writes.</summary>
    public IReadOnlyDictionary<string, string> Secrets { get; set; } = new Dictionary<string, string>();
}

/// <summary>An order to end a command's processes.</summary>
public sealed record InterruptOrder(long Session, long Command, long Epoch, string Reason);

/// <summary>Bytes <see cref="From"/> to <see cref="From"/> + length of a command's file; whole frames only.</summary>
public sealed record Piece(long Session, long Command, long From, byte[] Bytes);

/// <summary>The engine has stored the file up to <see cref="Position"/>. If that is not where the worker has sent to, it sends again from there.</summary>
/// <param name="Session">The session it belongs to.</param>
/// <param name="Command">The command.</param>
/// <param name="Position">First byte not yet stored.</param>
/// <param name="Rewind">The engine dropped what was sent after <see cref="Position"/>: send it again.</param>
public sealed record Acknowledgement(long Session, long Command, long Position, bool Rewind);
