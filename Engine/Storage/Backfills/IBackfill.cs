namespace Weir.Engine.Storage.Backfills;

/// <summary>What this version works out for rows of before. It goes on beside the masters, in small batches, and is taken up again wherever it was left.</summary>
internal interface IBackfill
{
    /// <summary>Never given to another, also not in a later version.</summary>
    string Name { get; }

    /// <summary>One batch, in a transaction that also moves the place: done whole, or not at all.</summary>
    /// <param name="unit">The transaction.</param>
    /// <param name="place">Where the batch before ended; null: at the beginning.</param>
    Task<BackfillStep> Next(StoreTransaction unit, string? place);
}

/// <summary>What a batch did.</summary>
/// <param name="Place">Where the next one begins.</param>
/// <param name="Rows">How many rows it looked at.</param>
/// <param name="IsLast">Nothing is left.</param>
internal sealed record BackfillStep(string? Place, int Rows, bool IsLast);
