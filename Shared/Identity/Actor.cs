namespace Weir.Shared.Identity;

/// <summary>Who does something: the name of a user, or of the part of Weir that acts by itself.</summary>
/// <param name="Name">The user's name, or for example <c>scheduler nightly</c>.</param>
/// <param name="Rights">What the actor may do: the words of <see cref="Right"/>.</param>
/// <param name="Address">Where the request came from, if it came over the network.</param>
public sealed record Actor(string Name, IReadOnlySet<string> Rights, string? Address = null)
{
    /// <summary>Given where the same request may come twice and must be done once.</summary>
    public ActionKey? Key { get; init; }

    public static Actor Anonymous { get; } = new("anonymous", new HashSet<string>());

    /// <summary>Weir itself: schedulers, duties.</summary>
    public static Actor Weir(string part) => new(part, new HashSet<string> { Right.Admin });
}

/// <summary>The key under which a request is done once for its actor. <paramref name="Request"/> tells another request under the same key from the same one sent again.</summary>
public sealed record ActionKey(string Key, string Request)
{
    public const int Longest = 200;

    /// <summary>The order that is carried out, where it is one: its row is the key.</summary>
    public long? Order { get; init; }
}

/// <summary>The words of rights. <see cref="Admin"/> includes all others.</summary>
public static class Right
{
    public const string Read = "read";
    public const string Force = "force";
    public const string Stop = "stop";
    public const string SendChange = "sendchange";
    public const string Configure = "configure";
    public const string Admin = "admin";
}

/// <summary>The one policy: may this actor do that? Every door (pages, REST, hubs) asks here.</summary>
public static class Policy
{
    public static bool May(Actor actor, string right) => actor.Rights.Contains(Right.Admin) || actor.Rights.Contains(right);
}
