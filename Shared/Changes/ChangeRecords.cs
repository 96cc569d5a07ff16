using Weir.Shared.Identity;

namespace Weir.Shared.Changes;

/// <summary>One change: a commit on a branch of a codebase.</summary>
public sealed record ChangeRecord
{
    public required long Id { get; init; }
    public required string Author { get; init; }
    public string? Committer { get; init; }
    public string? Codebase { get; init; }
    public string? Project { get; init; }
    public string? Repository { get; init; }
    public string? Branch { get; init; }
    public string? Revision { get; init; }
    public string? Category { get; init; }
    public required string Comments { get; init; }
    public IReadOnlyList<string> Files { get; init; } = [];

    /// <summary>The list of files was longer than the limit and is cut.</summary>
    public bool FilesCut { get; init; }
    public IReadOnlyList<PropertyPair> Properties { get; init; } = [];
    public string? RevisionLink { get; init; }

    /// <summary>When the author says it was made.</summary>
    public required DateTimeOffset When { get; init; }

    /// <summary>When Weir heard of it.</summary>
    public required DateTimeOffset ReceivedAt { get; init; }
    public IReadOnlyList<long> ParentIds { get; init; } = [];

    /// <summary>The first line of the comments.</summary>
    public string Subject => Comments.Split('\n', 2)[0].TrimEnd('\r');
}

/// <summary>A name with a JSON value.</summary>
public sealed record PropertyPair(string Name, string Value);

/// <summary>A change with what it set in motion.</summary>
public sealed record ChangeDetail(ChangeRecord Change, IReadOnlyList<Queue.BuildsetSummary> Buildsets);

/// <summary>A source stamp: which revision of one codebase.</summary>
public sealed record SourceStampRecord
{
    public required long Id { get; init; }
    public string Codebase { get; init; } = "";
    public string? Project { get; init; }
    public string? Repository { get; init; }
    public string? Branch { get; init; }
    public string? Revision { get; init; }
    public DateTimeOffset CreatedAt { get; init; }
}

/// <summary>A change as somebody reports it: a poller, a hook, <c>weir sendchange</c>.</summary>
public sealed record NewChange
{
    public required string Author { get; init; }
    public string? Committer { get; init; }
    public string? Codebase { get; init; }
    public string? Project { get; init; }
    public string? Repository { get; init; }
    public string? Branch { get; init; }
    public string? Revision { get; init; }
    public string? Category { get; init; }
    public string Comments { get; init; } = "";
    public IReadOnlyList<string> Files { get; init; } = [];

    /// <summary>The reporter has left files out already.</summary>
    public bool FilesCut { get; init; }

    /// <summary>The revisions it follows; those that are known as changes become its parents.</summary>
    public IReadOnlyList<string> ParentRevisions { get; init; } = [];
    public IReadOnlyDictionary<string, System.Text.Json.JsonElement> Properties { get; init; } = new Dictionary<string, System.Text.Json.JsonElement>();
    public string? RevisionLink { get; init; }

    /// <summary>Null: now, by the store's clock.</summary>
    public DateTimeOffset? When { get; init; }

    /// <summary>What makes it the same change when reported twice, for example <c>git:lib:main:abc…</c>; null for one that is always new.</summary>
    public string? Key { get; init; }
}

/// <summary>Reads changes.</summary>
public interface IChangeQueries
{
    Task<Page<ChangeRecord>> List(string? branch, string? codebase, long? before, int limit, CancellationToken cancellation);
    Task<ChangeDetail?> Detail(long id, CancellationToken cancellation);
    Task<IReadOnlyList<ChangeSourceRecord>> Sources(CancellationToken cancellation);
}

/// <summary>One change source with its last poll and error.</summary>
public sealed record ChangeSourceRecord(long Id, string Name, string Kind, DateTimeOffset? LastPollAt, DateTimeOffset? NextPollAt, string? LastError, int Failures);

/// <summary>Takes changes in.</summary>
public interface IChangeActions
{
    /// <summary>Stores the changes, in order, with one row each for classification; one that is known already (same <see cref="NewChange.Key"/>) is passed over. Answers their ids, those of the known ones too.</summary>
    Task<IReadOnlyList<long>> Add(IReadOnlyList<NewChange> changes, Actor by, CancellationToken cancellation);

    /// <summary>Checks a change as a person or script sent it.</summary>
    Task<ActionOutcome> Send(NewChange change, Actor by, CancellationToken cancellation);

    /// <summary>Stores a webhook's body as it came, before anything looks at it; the answer is its id. Engines read it afterwards.</summary>
    Task<long> StoreHook(string dialect, string contentType, IReadOnlyDictionary<string, string> headers, byte[] body, string? address, CancellationToken cancellation);

    /// <summary>Asks the poller to poll now.</summary>
    Task<ActionOutcome> PollNow(string source, Actor by, CancellationToken cancellation);
}
