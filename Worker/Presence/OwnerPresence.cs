using System.Text.Json;
using Weir.Shared.Protocol;
using Weir.Worker.Journal;

namespace Weir.Worker.Presence;

/// <summary>Its owner wants the machine: nothing new is begun on it.</summary>
/// <param name="Reason">Why, as the owner said.</param>
/// <param name="Until">When that ends by itself, by this machine's clock; null: when the owner says so.</param>
internal sealed record Absence(string? Reason, DateTimeOffset? Until);

/// <summary>
/// What the owner of the machine has said of it, kept in the work directory: it holds with no master in reach and after a restart, and is told at the next contact. What has a time ends by itself.
/// </summary>
internal sealed class OwnerPresence
{
    private const string FileName = "presence.json";
    private readonly Lock _gate = new();
    private readonly string _file;
    private readonly TimeProvider _time;
    private Absence? _said;
    private long _version;
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <param name="work">Where it is kept.</param>
    /// <param name="time">This machine's clock.</param>
    public OwnerPresence(WorkDirectory work, TimeProvider time)
    {
        (_file, _time) = (Path.Combine(work.State, FileName), time);
        try
        {
            _said = File.Exists(_file) ? JsonSerializer.Deserialize(File.ReadAllBytes(_file), OwnerJson.Default.Absence) : null;
        }
        catch (JsonException)
        {
            // Half a file cannot be: it is replaced as a whole. What somebody wrote there means nothing.
        }
    }

    /// <summary>Null: it may be used.</summary>
    public Absence? Now
    {
        get
        {
            lock (_gate)
                return _said?.Until <= _time.GetUtcNow() ? null : _said;
        }
    }

    /// <summary>What was said last, numbered, and what completes when something else is said.</summary>
    public (long Version, OwnerAbsence? Said, Task Changed) Look()
    {
        lock (_gate)
            return (_version, Now is { } away ? new(away.Reason, (away.Until - _time.GetUtcNow())?.TotalSeconds) : null, _changed.Task);
    }

    /// <summary>On disk when it returns null; else nothing has changed, and it says why (a full disk, say).</summary>
    /// <param name="away">Null: the machine may be used again.</param>
    public string? Say(Absence? away)
    {
        TaskCompletionSource changed;
        lock (_gate)
        {
            try
            {
                if (away is null)
                    File.Delete(_file);
                else
                    Durable.Write(_file, JsonSerializer.SerializeToUtf8Bytes(away, OwnerJson.Default.Absence), "agent.presence");
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                return $"This could not be written down, so nothing has changed: {e.Message}";
            }
            _said = away;
            _version++;
            (changed, _changed) = (_changed, new(TaskCreationOptions.RunContinuationsAsynchronously));
        }
        changed.SetResult();
        return null;
    }
}
