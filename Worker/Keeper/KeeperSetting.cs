using Weir.Worker.Journal;

namespace Weir.Worker.Keeper;

/// <summary>What a keeper works with.</summary>
/// <param name="Work">The directory it keeps.</param>
/// <param name="Instance">The worker's installation: part of the mark that its processes carry.</param>
/// <param name="Time">Measures everything.</param>
/// <param name="Reaper">Starts processes.</param>
/// <param name="Threads">Run commands.</param>
/// <param name="JournalLimit">So many bytes of one command may be unacknowledged on disk.</param>
internal sealed record KeeperSetting(WorkDirectory Work, Guid Instance, TimeProvider Time, Reaper Reaper, CommandThreads Threads, long JournalLimit);
