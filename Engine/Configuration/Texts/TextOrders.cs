using Weir.Engine.Configuration.Revisions;
using Weir.Engine.Storage.Orders;
using Weir.Shared;
using Weir.Shared.Configuration;
using Weir.Shared.Identity;

namespace Weir.Engine.Configuration.Texts;

/// <summary>Whole texts at a master of pages: read and checked there, written by an engine.</summary>
internal sealed class TextOrders(OrderBook book, TextActions texts) : ITextActions
{
    public static OrderKind Kind(TextActions texts) =>
        OrderKind.Of<TextEdit, TextAnswer>("config.text", async (edit, reason, by, cancellation) => (new ActionOutcome.Done(), await texts.Save(edit with { Reason = reason }, by, cancellation)));

    public Task<IReadOnlyList<ConfigurationText>> List(CancellationToken cancellation) => texts.List(cancellation);

    public Task<ConfigurationText?> Find(string name, CancellationToken cancellation) => texts.Find(name, cancellation);

    public async Task<TextAnswer> Save(TextEdit edit, Actor by, CancellationToken cancellation)
    {
        // What is wrong with it is told without an engine.
        var looked = await texts.Save(edit with { DryRun = true }, by with { Key = null }, cancellation);
        if (edit.DryRun || looked.Outcome != EditOutcome.Accepted)
            return looked;
        var (outcome, answer) = await book.Ask<TextAnswer>("config.text", edit.Name, edit, edit.Reason, by, cancellation);
        return answer ?? EditAnswers.Of(outcome, o => new TextAnswer(o));
    }
}
