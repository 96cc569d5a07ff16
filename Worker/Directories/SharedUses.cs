using Weir.Shared.Configuration;
using Weir.Shared.Protocol;
using Weir.Worker.Commands;
using Weir.Worker.Journal;
using Weir.Worker.Keeper;

namespace Weir.Worker.Directories;

/// <summary>The shared directories of one command: made before it begins; of those it writes it is noted that it did, and how that ended. Nobody else writes meanwhile: the engine's locks see to that.</summary>
internal sealed class SharedUses(CommandSpec spec, long command, WorkDirectory work, TimeProvider time)
{
    private readonly SharedPlaces places = new(work);
    private readonly List<(SharedUse Use, SharedNote Note)> writes = [];

    /// <summary>The variables that tell their paths.</summary>
    /// <exception cref="BadPathException">In words for the log.</exception>
    public static IEnumerable<(string Name, string Value)> Variables(CommandSpec spec, WorkDirectory work) =>
        spec.Shares.Select(s => (SharedDirectories.Variable(s.Name), new SharedPlaces(work).Of(s.At)));

    /// <exception cref="BadPathException">In words for the log.</exception>
    /// <exception cref="CannotStartException">Likewise.</exception>
    public void Begin(CommandLog log)
    {
        foreach (var use in spec.Shares)
        {
            if (places.Make(use.At) is { } found)
                log.Header($"Instead of the shared directory {use.Name} there was {found}. It was removed; the directory begins empty.");
            if (!use.Writes)
            {
                if (SharedNote.Read(places.NoteOf(use.At)) is { Well: false } before)
                    log.Header($"The last write into the shared directory {use.Name}, by {before.Build}, did not end well: what is there may not be whole.");
                continue;
            }
            var note = new SharedNote(use.Build, command, time.GetUtcNow(), null, Well: false);
            try
            {
                note.Write(places.NoteOf(use.At));
            }
            catch (IOException e)
            {
                throw new CannotStartException($"It cannot be noted that it writes into the shared directory {use.Name}: {e.Message}");
            }
            writes.Add((use, note));
        }
    }

    public void End(EndedFrame end, CommandLog log)
    {
        foreach (var (use, note) in writes)
        {
            try
            {
                (note with { Ended = time.GetUtcNow(), Well = end is { Kind: EndKind.Exited, ExitCode: 0 } }).Write(places.NoteOf(use.At));
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // The command has ended as it has. What was noted when it began stays, and says that nobody knows how this write ended.
                log.Header($"How the write into the shared directory {use.Name} ended could not be noted: {e.Message}");
            }
        }
    }
}
