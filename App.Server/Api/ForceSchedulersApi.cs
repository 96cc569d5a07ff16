using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Weir.Shared.Builds;
using Weir.Shared.Identity;
using Weir.Shared.Schedulers;

namespace Weir.App.Server.Api;

/// <summary><c>/forceschedulers</c> with force, whose arguments may be given as Buildbot's force forms send them: each field by its own name.</summary>
internal static class ForceSchedulersApi
{
    // What people say of themselves is taken and not believed: who forces is who signed in.
    private static readonly string[] Ignored = ["owner", "username", "email"];

    private static readonly Resource<ForceForm> ForceSchedulers = new Resource<ForceForm>("forceschedulers", "forcescheduler")
        .Text("name", f => f.Scheduler, "The name of the scheduler.")
        .Text("button_name", f => f.Label, "What its button says.")
        .Text("label", f => f.Label, "What it is called on pages.")
        .Texts("builder_names", f => f.Builders, "The builders it can start.")
        .Truth("enabled", _ => true, "Always true: one that is switched off is not shown.")
        .Texts("codebases", f => f.Codebases, "The codebases for which branch and revision can be given.")
        .Json("all_fields", f => new JsonArray([.. Standard(f).Concat(f.Parameters.Select(Field))]), "The fields of its form: those that every form has, then its own.");

    public static void MapForceSchedulers(this RouteGroupBuilder api)
    {
        api.MapMethods("/forceschedulers", Routes.Reading, async (ISchedulerQueries schedulers, HttpRequest request, CancellationToken cancellation) =>
            ForceSchedulers.List(await schedulers.ForceForms(cancellation), request)).Reads(3, "The force schedulers that are switched on").ListsAll(ForceSchedulers);
        api.MapMethods("/forceschedulers/{scheduler}", Routes.Reading, async (string scheduler, ISchedulerQueries schedulers, HttpRequest request, CancellationToken cancellation) =>
            ForceSchedulers.One((await schedulers.ForceForms(cancellation)).FirstOrDefault(f => f.Scheduler == scheduler), $"force scheduler {scheduler}", request)).Reads(3, "One force scheduler").ShowsOne(ForceSchedulers);
        api.MapMethods("/builders/{builder}/forceschedulers", Routes.Reading, async (string builder, IBuilderLists builders, ISchedulerQueries schedulers, HttpRequest request, CancellationToken cancellation) =>
            await builders.Find(builder, cancellation) is { } found
                ? ForceSchedulers.List((await schedulers.ForceForms(cancellation)).Where(f => f.Builders.Contains(found.Name)), request)
                : Problems.NotFound($"builder {builder}")).Reads(4, "The force schedulers that can start a builder").ListsAll(ForceSchedulers);
        api.MapControl("/forceschedulers/{scheduler}", new Control("force", Right.Force, Force));
    }

    // Kinds by the names that Buildbot's forms give them.
    private static JsonNode Field(ForceParameter p) => Field(p.Name, p.Label ?? p.Name, p.Description, p.Kind switch { "string" => "text", "text" => "textarea", "boolean" => "bool", "choice" => "list", var kind => kind }, p.Default, p.Required, p.Pattern, p.Choices);

    private static JsonNode Field(string name, string label, string? tooltip, string type, string? otherwise, bool required = false, string? regex = null, IEnumerable<string>? choices = null) => new JsonObject
    {
        ["name"] = name,
        ["fullName"] = name,
        ["label"] = label,
        ["tablabel"] = label,
        ["tooltip"] = tooltip ?? "",
        ["type"] = type,
        ["required"] = required,
        ["default"] = otherwise ?? "",
        ["regex"] = regex,
        ["multiple"] = false,
        ["hide"] = false,
        ["choices"] = Rest.Array(choices ?? []),
    };

    private static IEnumerable<JsonNode> Standard(ForceForm form) =>
    [
        Field("reason", "Reason", "Why it is started.", "text", ""),
        Field("priority", "Priority", "The higher, the sooner.", "int", "0"),
        .. form.Codebases.SelectMany(c => Parts(form, c).Select(p => Field(p.Name, p.Label, "Empty for the usual one.", "text", ""))),
    ];

    private static IEnumerable<(string Name, string Label)> Parts(ForceForm form, string codebase) => form.Codebases.Count == 1
        ? [("branch", "Branch"), ("revision", "Revision")]
        : [(codebase + "_branch", $"Branch of {codebase}"), (codebase + "_revision", $"Revision of {codebase}")];

    private static async Task<Reply> Force(Call call)
    {
        var builder = call.Arguments.Number("builderid") is { } id ? await call.Get<IBuilderLists>().Find(id.ToString(CultureInfo.InvariantCulture), call.Cancellation) : null;
        var (outcome, result) = await call.Get<ISchedulerActions>().Force(call.Route("scheduler"), form => FillIn(call, form, builder), call.By, call.Cancellation);
        return new(outcome, result is null ? null : new JsonArray(result.BuildsetId, new JsonObject(result.RequestByBuilder.Select(r => KeyValuePair.Create(r.Key.ToString(CultureInfo.InvariantCulture), (JsonNode?)r.Value)))));
    }

    private static FilledForm FillIn(Call call, ForceForm form, ListedBuilder? byId)
    {
        var given = call.Arguments.Again();
        var builders = given.Texts("builders").Concat(given.Texts("builderNames")).ToList();
        if (given.Text("buildername") is { } name)
            builders.Add(name);
        if (given.Number("builderid") is { } id)
        {
            if (byId?.Id == id)
                builders.Add(byId.Name);
            else
                given.Wrong("builderid", $"There is no builder {id}.");
        }
        foreach (var ignored in Ignored)
            given.Text(ignored);
        var reason = given.Text("reason");
        var priority = given.Number("priority") ?? 0;
        if (priority is < int.MinValue or > int.MaxValue)
            given.Wrong("priority", "The number is too large.");
        var failFast = given.Boolean("fail_fast");
        var order = new ForceOrder
        {
            Scheduler = call.Route("scheduler"),
            Builders = builders,
            Reason = reason,
            SourceStamps = Stamps(given, form),
            Properties = Properties(given, form),
            Priority = (int)Math.Clamp(priority, int.MinValue, int.MaxValue),
            FailFast = failFast,
            IdempotencyKey = call.By.Key?.Key,
        };
        return given.Problems is { Count: > 0 } problems ? new(null, problems) : new(order, []);
    }

    // The parameters of the form, in "properties" or each by its own name.
    private static Dictionary<string, JsonElement> Properties(Arguments given, ForceForm form)
    {
        var properties = new Dictionary<string, JsonElement>(given.Values("properties"));
        foreach (var parameter in form.Parameters)
        {
            if (!given.IsAsked(parameter.Name) && given.Any(parameter.Name) is { } value)
                properties.TryAdd(parameter.Name, JsonSerializer.SerializeToElement(value));
        }
        return properties;
    }

    // branch and revision stand for the only codebase; with several, sourcestamps names each, or CODEBASE_branch and CODEBASE_revision.
    private static Dictionary<string, ForceStamp> Stamps(Arguments given, ForceForm form)
    {
        var stamps = new Dictionary<string, ForceStamp>();
        foreach (var (codebase, value) in given.Object("sourcestamps"))
        {
            if (value is JsonObject stamp && stamp.All(f => f.Key is "branch" or "revision" && f.Value is null or JsonValue))
                stamps[codebase] = new(Filled(stamp["branch"]?.ToString()), Filled(stamp["revision"]?.ToString()));
            else
                given.Wrong("sourcestamps", $"{codebase}: an object with branch and revision is expected.");
        }
        foreach (var codebase in form.Codebases)
        {
            foreach (var part in new[] { "_repository", "_project" })
                Configured(given, codebase + part);
            if ((Filled(given.Text(codebase + "_branch")), Filled(given.Text(codebase + "_revision"))) is var (b, r) && (b ?? r) is not null)
                stamps[codebase] = new(b, r);
        }
        Configured(given, "repository");
        Configured(given, "project");
        var (branch, revision) = (Filled(given.Text("branch")), Filled(given.Text("revision")));
        if (branch is null && revision is null)
            return stamps;
        if (form.Codebases is [var only])
            stamps[only] = new(branch, revision);
        else
            given.Wrong(branch is null ? "revision" : "branch", form.Codebases.Count == 0 ? "This scheduler has no codebase of which one could be chosen." : $"This scheduler has {form.Codebases.Count} codebases: name each in sourcestamps.");
        return stamps;
    }

    // Forms send empty fields.
    private static string? Filled(string? text) => string.IsNullOrEmpty(text) ? null : text;

    private static void Configured(Arguments given, string name)
    {
        if (Filled(given.Text(name)) is not null)
            given.Wrong(name, "This comes from the configuration and cannot be chosen.");
    }
}
