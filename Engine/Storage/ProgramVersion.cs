namespace Weir.Engine.Storage;

/// <summary>The versions of Weir that matter to a store: ours, and the oldest by which a store must once have been brought up for us to bring it further.</summary>
internal sealed record ProgramVersion(Version Ours, Version OldestStore)
{
    // All steps since the first are still known.
    private static readonly Version First = new(0, 1, 0);

    public static ProgramVersion Current { get; } = new(typeof(ProgramVersion).Assembly.GetName().Version is { } v ? new(v.Major, v.Minor, v.Build) : First, First);

    /// <summary>Null: this program may use the store.</summary>
    /// <param name="oldest">The oldest version that the store serves.</param>
    /// <param name="newest">The newest version that has brought it up.</param>
    public string? Objection(Version oldest, Version newest)
    {
        if (Ours < oldest)
            return $"This is Weir {Ours}, and the store serves {oldest} and newer (it was brought up by {newest}, and what older versions need was taken away). Install Weir {newest} here, or restore the store from before.";
        return newest < OldestStore
            ? $"This is Weir {Ours}, which brings up stores of {OldestStore} and newer; this one was last brought up by {newest}. Start an engine of {OldestStore} once (or run its `App.Server db migrate`), then this version."
            : null;
    }
}
