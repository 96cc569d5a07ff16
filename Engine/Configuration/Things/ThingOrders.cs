using Weir.Engine.Configuration.Revisions;
using Weir.Engine.Storage.Orders;
using Weir.Shared.Configuration;
using Weir.Shared.Identity;

namespace Weir.Engine.Configuration.Things;

/// <summary>Single things at a master of pages: read there, written by an engine.</summary>
internal sealed class ThingOrders(OrderBook book, ThingActions things) : IThingActions
{
    public IReadOnlyList<string> Sections => things.Sections;

    public Task<IReadOnlyList<ThingName>?> List(string section, CancellationToken cancellation) => things.List(section, cancellation);

    public Task<IReadOnlyDictionary<string, IReadOnlyList<ThingName>>> All(CancellationToken cancellation) => things.All(cancellation);

    public Task<Thing?> Find(string section, string name, CancellationToken cancellation) => things.Find(section, name, cancellation);

    public async Task<ThingAnswer> Save(ThingEdit edit, Actor by, CancellationToken cancellation)
    {
        if (edit.DryRun)
            return await things.Save(edit, by, cancellation);
        // What is wrong with it is told without an engine.
        if (await things.Save(edit with { DryRun = true }, by with { Key = null }, cancellation) is { Outcome: not EditOutcome.Accepted } stopped)
            return stopped;
        var (outcome, answer) = await book.Ask<ThingAnswer>("config.thing", $"{edit.Section} {edit.Name}", edit, edit.Reason, by, cancellation);
        return answer ?? EditAnswers.Of(outcome, o => new ThingAnswer(o));
    }
}
