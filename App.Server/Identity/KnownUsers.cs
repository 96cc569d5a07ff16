using System.Collections.Concurrent;
using Weir.Shared.Identity;

namespace Weir.App.Server.Identity;

/// <summary>Users as the store has them, remembered for a second: a page asks for many things, and a changed password must end sessions at once everywhere.</summary>
internal sealed class KnownUsers(IUserStore users, TimeProvider time)
{
    private const int Most = 10_000;
    private static readonly TimeSpan Remembered = TimeSpan.FromSeconds(1);
    private readonly ConcurrentDictionary<string, (UserRecord? User, long At)> known = new();

    /// <summary>Null: no such user, or a disabled one.</summary>
    public async Task<UserRecord?> Find(string name, CancellationToken cancellation)
    {
        if (known.TryGetValue(name, out var entry) && time.GetElapsedTime(entry.At) < Remembered)
            return entry.User;
        var at = time.GetTimestamp();
        var user = await users.FindUser(name, cancellation);
        user = user?.DisabledAt is null ? user : null;
        if (known.Count >= Most)
            known.Clear();
        if (user is not null)
            known[name] = (user, at);
        return user;
    }

    public void Forget(string name) => known.TryRemove(name, out _);
}
