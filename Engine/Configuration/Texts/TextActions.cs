using System.Diagnostics;
using Weir.Engine.Configuration.Revisions;
using Weir.Engine.Configuration.Sources;
using Weir.Engine.Storage;
using Weir.Shared.Configuration;
using Weir.Shared.Identity;

namespace Weir.Engine.Configuration.Texts;

/// <summary>Whole texts of the configuration, read from the sources and written into the store's.</summary>
internal sealed class TextActions(Database database, RevisionActions revisions, IConfigurationQueries queries) : ITextActions
{
    public async Task<IReadOnlyList<ConfigurationText>> List(CancellationToken cancellation) =>
        [.. FoundText.All(await SourceRows.Read(database, cancellation)).Select(t => t.ToText())];

    public async Task<ConfigurationText?> Find(string name, CancellationToken cancellation) =>
        FoundText.All(await SourceRows.Read(database, cancellation)).FirstOrDefault(t => t.Part.Name == name)?.ToText();

    public async Task<TextAnswer> Save(TextEdit edit, Actor by, CancellationToken cancellation)
    {
        var draft = new TextDraft(edit);
        if (edit.DryRun)
        {
            var (judged, difference) = await revisions.Preview(draft.Make, cancellation);
            return judged is null ? draft.Answer ?? throw new UnreachableException()
                : difference is null ? new(EditOutcome.Refused) { Problems = judged.Problems }
                : new(EditOutcome.Accepted) { ETag = draft.ETag, Changes = difference.Things, Text = difference.Text };
        }
        var reason = string.IsNullOrWhiteSpace(edit.Reason) ? $"{edit.Name} {(draft.ETag is null ? "removed" : edit.ETag is null ? "added" : "edited")}" : edit.Reason;
        if (await revisions.Apply(s => draft.Make(s) is { } made ? made with { Terms = edit.Terms } : null, reason, by, "config.text", cancellation) is not { } result)
            return draft.Answer ?? throw new UnreachableException();
        if (result.KeyReused)
            return new(EditOutcome.KeyReused);
        if (!result.Accepted)
            return new(EditOutcome.Refused) { Problems = result.Problems };
        return await EditAnswers.Applied(result, draft.ETag, outcome => new TextAnswer(outcome), queries, cancellation);
    }
}
