using Weir.App.Server.Identity;
using Weir.Shared;
using Weir.Shared.Configuration;
using Weir.Shared.Identity;

namespace Weir.App.Server.Api;

/// <summary><c>/secrets</c>: those of the store. A PUT writes one; no answer ever holds a value.</summary>
internal static class SecretsApi
{
    // The store says how many bytes it takes.
    private const int LongestValue = 256 * 1024;

    private static readonly Resource<StoredSecret> Secrets = new Resource<StoredSecret>("secrets", "secret")
        .Text("name", s => s.Name, "As ${{ secrets.NAME }} and the configuration's keys name it.")
        .Texts("builders", s => s.Builders, "The builders that may use it; with projects empty too: all.")
        .Texts("projects", s => s.Projects, "The projects whose builders may use it.")
        .Time("set_at", s => s.SetAt, "When its value was set.")
        .Text("set_by", s => s.SetBy, "Who set it.")
        .Texts("used_by", s => s.UsedBy, "Who has used this value: builder NAME, webhook NAME.");

    public static void MapSecrets(this RouteGroupBuilder api)
    {
        api.MapMethods("/secrets", Routes.Reading, async (ISecretStore secrets, HttpRequest request, CancellationToken cancellation) => Secrets.List(await secrets.List(cancellation), request)).Reads(1, "The names of the secrets that the store keeps, who may use each, and who has; never their values")
            .Needs(Right.Admin).ListsAll(Secrets);
        api.MapPut("/secrets/{name}", Put).Needs(Right.Admin).WithSummary("Writes a secret of the store (body: value; builders, projects: who may use it, empty lists for all; reason). Without a value it keeps the one it has, and without builders and projects those may use it who could (of a new one all)");
        api.MapDelete("/secrets/{name}", async (string name, HttpContext context, ISecretStore secrets, string? reason = null) => Answer(await secrets.Remove(name, reason, Actors.Of(context), context.RequestAborted)))
            .Needs(Right.Admin).WithSummary("Removes a secret from the store");
    }

    private static async Task<IResult> Put(string name, HttpContext context, ISecretStore secrets)
    {
        var (body, refusal) = await JsonBody.Read(context.Request, mayBeEmpty: false, context.RequestAborted);
        if (body is null)
            return refusal!;
        var arguments = new Arguments(body);
        var edit = new SecretEdit { Name = name, Value = arguments.Text("value", longest: LongestValue), Builders = Names("builders"), Projects = Names("projects"), Reason = arguments.Text("reason") };

        IReadOnlyList<string>? Names(string name) => arguments.Has(name) ? arguments.Texts(name) : null;

        // No key for repeats: the answer to one would have to remember what was sent.
        return arguments.Problems is { Count: > 0 } wrong ? Problems.Invalid(wrong) : Answer(await secrets.Set(edit, Actors.Of(context), context.RequestAborted));
    }

    private static IResult Answer(ActionOutcome outcome) => outcome is ActionOutcome.Done ? Results.NoContent() : Problems.From(outcome);
}
