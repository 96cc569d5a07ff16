namespace Weir.Shared.Configuration;

/// <summary>The states of a part.</summary>
public enum PartState
{
    Good,

    /// <summary>What it gave last is not good; its last good content stays.</summary>
    Broken,

    /// <summary>Its content was put in the place of what it gave last, by restoring a revision; that stays until it gives something new.</summary>
    Replaced,

    /// <summary>It has given nothing yet.</summary>
    Waiting,
}

/// <summary>A name that a part defines, and where.</summary>
public sealed record DefinedName(string Section, string Name, string File, int Line);

/// <summary>Where a part of the configuration comes from and how it is: the watched file, the store, what forms made, or a team's repository.</summary>
public sealed record PartRecord
{
    /// <summary><c>file</c>, <c>store</c>, <c>forms</c>, or its name under <c>parts</c>.</summary>
    public required string Name { get; init; }
    public required PartOrigin Origin { get; init; }
    public required PartState State { get; init; }

    /// <summary>Why it could not be read at all when it was tried last; null: it could.</summary>
    public string? Trouble { get; init; }

    /// <summary>What is wrong with what it gave last.</summary>
    public IReadOnlyList<ConfigurationProblem> Problems { get; init; } = [];
    public DateTimeOffset? BrokenSince { get; init; }

    /// <summary>Where it lies: a path, or a repository with branch and folder.</summary>
    public string? Place { get; init; }

    /// <summary>The commit that its good content is of.</summary>
    public string? Commit { get; init; }

    /// <summary>The commit that is not good.</summary>
    public string? BrokenCommit { get; init; }

    /// <summary>Who is told by mail when it is broken; empty: nobody.</summary>
    public IReadOnlyList<string> Notify { get; init; } = [];

    /// <summary>The mails about it that were written last, the newest first.</summary>
    public IReadOnlyList<PartMail> Mails { get; init; } = [];

    /// <summary>Whether an engine is there that can send any.</summary>
    public bool CanSendMail { get; init; }
    public DateTimeOffset? TakenAt { get; init; }
    public DateTimeOffset? LookedAt { get; init; }

    /// <summary>The files of its good content.</summary>
    public IReadOnlyList<string> Files { get; init; } = [];

    /// <summary>The names that these define.</summary>
    public IReadOnlyList<DefinedName> Defines { get; init; } = [];
}

/// <summary>A mail to an owner of a part, and how far it is.</summary>
public sealed record PartMail
{
    public required string Recipient { get; init; }
    public required string Subject { get; init; }
    public DateTimeOffset WrittenAt { get; init; }
    public int Attempts { get; init; }

    /// <summary>Why it could not be sent when it was tried last.</summary>
    public string? LastError { get; init; }
    public DateTimeOffset? SentAt { get; init; }

    /// <summary>It was tried for days, and is tried no more.</summary>
    public DateTimeOffset? GivenUpAt { get; init; }
    public DateTimeOffset NextAt { get; init; }
}

/// <summary>Reads the parts that a configuration is put together of.</summary>
public interface IPartQueries
{
    Task<IReadOnlyList<PartRecord>> Parts(CancellationToken cancellation);

    /// <summary>Everything that is in force as one text of YAML that reads back equal; null: nothing is in force.</summary>
    Task<string?> Export(CancellationToken cancellation);
}
