using Weir.App.Client.Configuration.Texts;
using Weir.App.Server.Api;
using Weir.App.Server.Identity;
using Weir.Shared.Configuration;
using Weir.Shared.Identity;

namespace Weir.App.Server.Forms;

/// <summary>The editor's way to the texts of the configuration, in the name of whoever is signed in. The page asks for the right before anything is posted to it; the door asks again.</summary>
internal sealed class TextDoor(ITextActions texts, IImpactQueries impacts) : ITextDoor
{
    public async Task<TextAnswer?> Save(HttpContext http, TextEdit edit, CancellationToken cancellation)
    {
        var actor = Actors.Of(http);
        if (!Policy.May(actor, Right.Configure))
            return null;
        var answer = await texts.Save(edit, actor, cancellation);
        if (!edit.DryRun || answer.Outcome != EditOutcome.Accepted)
            return answer;
        // It may be that it could not wait for the builders that were named.
        var impact = await impacts.Of(edit, cancellation);
        return impact is { Problems: { Count: > 0 } wrong } ? new(EditOutcome.Refused) { Problems = wrong } : answer with { Impact = impact?.Impact?.Sentences() ?? [] };
    }

    /// <summary>What is wrong with a text while it is typed, as JSON.</summary>
    public static async Task<IResult> Check(ActionForms.Form form, ITextActions texts) => Rest.Json(ConfigurationApi.Problem(
        (await texts.Save(new() { Name = form.Fields["name"].ToString(), Text = form.Fields["text"].ToString().ReplaceLineEndings("\n"), ETag = "*", DryRun = true }, form.By, form.Cancellation)).Problems));
}
