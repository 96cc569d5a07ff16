using Weir.Shared.Pauses;

namespace Weir.Client.Tests;

public sealed partial class SampleStore : IPauseQueries
{
    public List<PauseRecord> Pauses { get; } = [];
    public PausePreview PausePreview { get; set; } = new([], 0, 0, []);

    Task<IReadOnlyList<PauseRecord>> IPauseQueries.InForce(CancellationToken cancellation) => Answer<IReadOnlyList<PauseRecord>>(() => [.. Pauses.Where(p => p.EndedAt is null)]);

    Task<IReadOnlyList<PauseRecord>> IPauseQueries.Ended(int limit, CancellationToken cancellation) => Answer<IReadOnlyList<PauseRecord>>(() => [.. Pauses.Where(p => p.EndedAt is not null).Take(limit)]);

    Task<PauseRecord?> IPauseQueries.Find(long id, CancellationToken cancellation) => Answer(() => Pauses.Find(p => p.Id == id));

    Task<IReadOnlyList<PauseSubject>> IPauseQueries.Subjects(CancellationToken cancellation) =>
        Answer<IReadOnlyList<PauseSubject>>(() => [.. Builders.Select(b => new PauseSubject(PauseKind.Builder, b.Name)), .. Workers.Select(w => new PauseSubject(PauseKind.Worker, w.Name))]);

    Task<PausePreview> IPauseQueries.Preview(IReadOnlyList<PauseSubject> subjects, CancellationToken cancellation) => Answer(() => PausePreview);
}
