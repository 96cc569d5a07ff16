using System.Diagnostics;
using Weir.Engine.Configuration.Revisions;
using Weir.Engine.Configuration.Sources;
using Weir.Engine.Storage;
using Weir.Shared.Configuration;
using Weir.Shared.Identity;

namespace Weir.Engine.Configuration.Things;

/// <summary>Single things of the configuration, read from and written into the texts of the sources.</summary>
internal sealed class ThingActions(Database database, RevisionActions revisions, IConfigurationQueries queries) : IThingActions
{
    public IReadOnlyList<string> Sections => Check.Sections.Names;

    public async Task<IReadOnlyList<ThingName>?> List(string section, CancellationToken cancellation)
    {
        if (!Sections.Contains(section))
            return null;
        var sources = await SourceRows.Read(database, cancellation);
        return await Task.Run<IReadOnlyList<ThingName>>(() => [.. FoundThing.Of(sources, section).Select(t => new ThingName(t.Name, t.Place, t.WhyNot))], cancellation);
    }

    public async Task<IReadOnlyDictionary<string, IReadOnlyList<ThingName>>> All(CancellationToken cancellation)
    {
        var sources = await SourceRows.Read(database, cancellation);
        return await Task.Run(() => FoundThing.OfAll(sources), cancellation);
    }

    public async Task<Thing?> Find(string section, string name, CancellationToken cancellation)
    {
        if (!Sections.Contains(section))
            return null;
        var sources = await SourceRows.Read(database, cancellation);
        return await Task.Run(() => (FoundThing.Of(sources, section).FirstOrDefault(t => t.Name == name) ?? (section == "builders" ? FoundThing.MakerOf(sources, name) : null)) is { } found
            ? found.ToThing(section) with { Made = section == "builders" ? FoundThing.Made(sources, found) : [] }
            : null, cancellation);
    }

    public async Task<ThingAnswer> Save(ThingEdit edit, Actor by, CancellationToken cancellation)
    {
        var draft = new ThingDraft(edit);
        if (edit.DryRun)
        {
            var (judged, difference) = await revisions.Preview(draft.Make, cancellation);
            return judged is null ? draft.Answer ?? throw new UnreachableException()
                : difference is null ? Refused(edit, draft, judged.Problems)
                : new(EditOutcome.Accepted)
                {
                    ETag = draft.ETag,
                    Changes = difference.Things,
                    Text = difference.Text,
                    Availability = edit.Section == "workers" ? judged.Model?.Workers.FirstOrDefault(w => w.Name == (edit.NewName ?? edit.Name))?.Availability : null,
                };
        }
        if (await revisions.Apply(s => draft.Make(s) is { } made ? made with { Terms = edit.Terms } : null, edit.Reason ?? Reason(edit), by, "config.thing", cancellation) is not { } result)
            return draft.Answer ?? throw new UnreachableException();
        if (result.KeyReused)
            return new(EditOutcome.KeyReused);
        if (!result.Accepted)
            return Refused(edit, draft, result.Problems);
        return await EditAnswers.Applied(result, draft.ETag, outcome => new ThingAnswer(outcome), queries, cancellation);
    }

    private static string Reason(ThingEdit edit) => $"{DifferenceWords.One(edit.Section)} {edit.Name} {(edit.Value is null ? "removed" : edit.NewName is { } other && other != edit.Name ? $"renamed to {other}" : edit.ETag is null ? "added" : "changed")}";

    private static ThingAnswer Refused(ThingEdit edit, ThingDraft draft, IReadOnlyList<ConfigurationProblem> problems) => new(EditOutcome.Refused)
    {
        Problems = [.. problems.Select(p => new ThingProblem(PathInside(edit, draft, p), p.Message, p))],
    };

    // builders.lib-linux.steps[2].timeout is steps[2].timeout of the builder. What is said about a key of the section (a name that is none) is about the name.
    private static string? PathInside(ThingEdit edit, ThingDraft draft, ConfigurationProblem problem)
    {
        if (problem.Part != draft.Part)
            return null;
        var own = $"{edit.Section}.{edit.NewName ?? edit.Name}";
        return problem.Path == own ? ""
            : problem.Path.StartsWith(own + ".", StringComparison.Ordinal) ? problem.Path[(own.Length + 1)..]
            : problem.Path == edit.Section && problem.Message.Contains($"\"{edit.NewName ?? edit.Name}\"", StringComparison.Ordinal) ? "name"
            : null;
    }
}
