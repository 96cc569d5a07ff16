using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Weir.Shared.Configuration;
using Weir.Shared.Identity;

namespace Weir.App.Client.Configuration.Forms;

/// <summary>A thing while it is edited: the form, and what came of the last button.</summary>
public sealed record ThingDraft
{
    public const string NameField = ":name";
    public const string ETagField = ":etag";
    public const string ReasonField = ":reason";
    public const string ButtonField = ":do";
    public const string SaveButton = "save";
    public const string PreviewButton = "preview";
    public const string RetireButton = "retire";

    /// <summary>The name it has; null: it is new.</summary>
    public string? Standing { get; init; }

    /// <summary>The name it shall have.</summary>
    public required string Name { get; init; }
    public string? ETag { get; init; }
    public string Reason { get; init; } = "";
    public required ThingForm Form { get; init; }

    /// <summary>When it shall come in force.</summary>
    public TermsDraft Terms { get; init; } = new();

    /// <summary>What came of saving, or would come of it.</summary>
    public ThingAnswer? Answer { get; init; }

    /// <summary>What would change was asked for.</summary>
    public bool IsPreview { get; init; }

    /// <summary>Saved, retired, or no news.</summary>
    public bool IsDone => !IsPreview && Answer is { Outcome: EditOutcome.Accepted or EditOutcome.Unchanged or EditOutcome.Ordered };

    /// <summary>What is wrong with the name.</summary>
    public IReadOnlyList<string> NameProblems => [.. Form.Problems.Where(p => p.Path == "name").Select(p => p.Message)];

    /// <summary>How many fields are wrong.</summary>
    public int Wrong => Answer?.Problems.Count ?? 0;

    public int Status => Answer switch
    {
        { Outcome: EditOutcome.ChangedMeanwhile } => StatusCodes.Status409Conflict,
        { Outcome: EditOutcome.ReadOnly } => StatusCodes.Status403Forbidden,
        { Outcome: EditOutcome.Missing } => StatusCodes.Status404NotFound,
        // A page that follows a posted form is taken over by the script only if it says that the form is not yet done.
        _ => StatusCodes.Status422UnprocessableEntity,
    };

    public static ThingDraft Of(Thing thing, IThingForms forms) => new() { Standing = thing.Name, Name = thing.Name, ETag = thing.ETag, Form = forms.Of(thing.Section, thing.Value) };

    public static ThingDraft New(string section, string? type, IThingForms forms, Thing? like = null) => new() { Name = "", Form = forms.Of(section, like?.Value, type) };

    /// <summary>Does what the posted button says.</summary>
    public static async Task<ThingDraft> Post(HttpContext http, string section, string? standing, IThingForms forms, IThingDoor door)
    {
        var posted = await http.Request.ReadFormAsync(http.RequestAborted);
        var fields = posted.ToDictionary(f => f.Key, f => f.Value[0]?.Replace("\0", "", StringComparison.Ordinal) ?? "");
        var button = fields.GetValueOrDefault(ButtonField, SaveButton);
        var draft = new ThingDraft
        {
            Standing = standing,
            Name = fields.GetValueOrDefault(NameField, standing ?? "").Trim(),
            ETag = fields.GetValueOrDefault(ETagField) is { Length: > 0 } etag ? etag : null,
            Reason = fields.GetValueOrDefault(ReasonField, "").Trim(),
            Form = forms.Posted(section, fields, button),
            Terms = TermsDraft.Of(f => fields.GetValueOrDefault(f, "")),
        };
        if (button is not (SaveButton or PreviewButton or RetireButton))
            return draft;
        var (value, unsayable) = forms.Read(draft.Form);
        var clock = http.RequestServices.GetRequiredService<TimeProvider>();
        var answer = draft.Terms.Problems.Count > 0
            ? new ThingAnswer(EditOutcome.Refused) { Problems = [.. draft.Terms.Problems.Select(p => new ThingProblem(p.Field, p.Message, new("", 0, 0, "", p.Message)))] }
            : unsayable.Count > 0 && button != RetireButton
            ? new ThingAnswer(EditOutcome.Refused) { Problems = unsayable }
            : await door.Save(http, new()
            {
                Section = section,
                Name = standing ?? draft.Name,
                NewName = standing is not null && draft.Name != standing && draft.Name.Length > 0 && button != RetireButton ? draft.Name : null,
                Value = button == RetireButton ? null : value,
                ETag = draft.ETag,
                Reason = draft.Reason.Length == 0 ? null : draft.Reason,
                Terms = draft.Terms.Terms(clock.GetUtcNow()),
                DryRun = button == PreviewButton,
            }, http.RequestAborted);
        // A new thing never takes the place of another, however often it is saved.
        if (standing is null && answer is { Outcome: EditOutcome.ChangedMeanwhile })
            answer = new(EditOutcome.Refused) { Problems = [new("name", $"There is \"{draft.Name}\" already.", new("", 0, 0, "name", ""))] };
        return draft with
        {
            Terms = draft.Terms.With((answer?.Problems ?? []).Select(p => ((string?)p.Where.Path, p.Message))),
            Answer = answer ?? new ThingAnswer(EditOutcome.ReadOnly) { Why = $"Changing the configuration needs the right \"{Right.Configure}\"." },
            IsPreview = button == PreviewButton,
            // Whoever has seen what somebody else made of it, and saves again, means it.
            ETag = answer is { Outcome: EditOutcome.ChangedMeanwhile } ? answer.Standing?.ETag : draft.ETag,
            Form = answer is { Problems.Count: > 0 } ? forms.Posted(section, fields, null, answer.Problems) : draft.Form,
        };
    }
}
