using Weir.App.Server.Api;
using Weir.App.Server.Identity;

namespace Weir.App.Server.Hosting;

/// <summary>An error without words gets some: people see the page "not found" or one sentence, programs get problem details.</summary>
internal static class FriendlyAnswers
{
    public static void UseFriendlyAnswers(this WebApplication app)
    {
        app.UseWhen(Doors.IsForPeople, people => people.UseStatusCodePagesWithReExecute("/not-found", createScopeForStatusCodePages: true));
        app.Use(async (context, next) =>
        {
            await next(context);
            var response = context.Response;
            if (response.HasStarted || response.StatusCode < StatusCodes.Status400BadRequest || response.ContentLength is not null || !string.IsNullOrEmpty(response.ContentType))
                return;
            if (!Doors.IsForPeople(context))
                await Problems.Answer(response.StatusCode, response.StatusCode == StatusCodes.Status400BadRequest ? "The address or its query lacks something, or has a value of another kind." : Sentence(response.StatusCode)).ExecuteAsync(context);
            else if (response.StatusCode != StatusCodes.Status404NotFound)
                await Doors.Say(context, response.StatusCode, Problems.Title(response.StatusCode), Sentence(response.StatusCode));
        });
    }

    private static string Sentence(int status) => status switch
    {
        StatusCodes.Status400BadRequest => "The form cannot be taken: it was made before you signed in or out, or on another site. Reload the page and try again.",
        StatusCodes.Status404NotFound => "There is nothing at this address.",
        StatusCodes.Status405MethodNotAllowed => "This address does not take requests of this kind.",
        StatusCodes.Status415UnsupportedMediaType => "This address does not take bodies of this type.",
        _ => "The request was refused.",
    };
}
