using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Weir.Shared.Schedulers;

namespace Weir.App.Client.Builders;

/// <summary>The names of a force form's fields, and the order that its post means.</summary>
public static class ForceFields
{
    /// <summary>Parameters carry a prefix: one may be called <c>reason</c> or like the antiforgery field.</summary>
    public static string Parameter(string name) => "p." + name;

    public static string Stamp(string codebase, string part) => $"s.{codebase}.{part}";

    /// <summary>Does a problem's field mean this field of the form? Problems name a parameter by its name, and a stamp as <c>sourceStamps.lib.branch</c>.</summary>
    public static bool Names(string problem, string field) =>
        problem == field || (field.StartsWith("s.", StringComparison.Ordinal) && problem == string.Concat("sourceStamps.", field.AsSpan(2)));

    /// <summary>Values go as they were typed; the scheduler knows the types and checks them. A box that is not ticked is not in the post: it means false.</summary>
    public static ForceOrder Order(ForceForm form, string builder, IFormCollection posted)
    {
        var properties = new Dictionary<string, JsonElement>();
        foreach (var parameter in form.Parameters)
        {
            var given = posted[Parameter(parameter.Name)];
            if (parameter.Kind == "boolean")
                properties[parameter.Name] = JsonSerializer.SerializeToElement(given.Contains("true"));
            else if (given.Count > 0)
                properties[parameter.Name] = JsonSerializer.SerializeToElement(given.ToString());
        }
        var stamps = new Dictionary<string, ForceStamp>();
        foreach (var codebase in form.Codebases)
        {
            var (branch, revision) = (Text(posted, Stamp(codebase, "branch")), Text(posted, Stamp(codebase, "revision")));
            if (branch is not null || revision is not null)
                stamps[codebase] = new(branch, revision);
        }
        return new() { Scheduler = form.Scheduler, Builders = [builder], Reason = Text(posted, "reason"), Properties = properties, SourceStamps = stamps };
    }

    private static string? Text(IFormCollection posted, string name) => posted[name].ToString().Trim() is { Length: > 0 } text ? text : null;
}
