using Weir.Shared.Events;

namespace Weir.App.Server.Events;

/// <summary>A listener in Buildbot's way: it names paths with <c>*</c>, and adds and removes them while it listens.</summary>
internal sealed class BuildbotListener
{
    public const int MostPaths = 64;

    private readonly Lock _lock = new();
    private Dictionary<string, BuildbotPattern> _patterns = [];

    public BuildbotListener(string form, Func<BuildbotMessage, ReadOnlyMemory<byte>> shape) =>
        Connection = new(form, Wants, e => e.Messages.Where(Matches).Select(shape)) { OnGrowth = message => Matches(message) ? shape(message) : null };

    public EventConnection Connection { get; }

    /// <summary>Null: added, or it was there. Else a sentence.</summary>
    public string? Add(string path)
    {
        if (BuildbotPattern.Read(path) is not { } pattern)
            return "a path as builds/*/new is expected: two to ten words separated by slashes";
        lock (_lock)
        {
            if (_patterns.ContainsKey(path))
                return null;
            if (_patterns.Count >= MostPaths)
                return $"at most {MostPaths} paths at once";
            // Replaced, not changed: matching reads it without the lock.
            _patterns = new(_patterns) { [path] = pattern };
            return null;
        }
    }

    /// <summary>False if it was not listened to.</summary>
    public bool Remove(string path)
    {
        lock (_lock)
        {
            if (!_patterns.ContainsKey(path))
                return false;
            var rest = new Dictionary<string, BuildbotPattern>(_patterns);
            rest.Remove(path);
            _patterns = rest;
            return true;
        }
    }

    private bool Wants(WeirEvent e)
    {
        var collection = EventSubject.Of(e).Collection;
        return _patterns.Values.Any(p => p.MightMatch(collection));
    }

    private bool Matches(BuildbotMessage message) => _patterns.Values.Any(p => p.Matches(message.Key));
}
