using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Weir.Engine.Changes;
using Weir.Shared;
using Weir.Shared.Builds;
using Weir.Shared.Configuration;
using Weir.Shared.Schedulers;

namespace Weir.Engine.Schedulers;

/// <summary>Checks a filled-in force form against its scheduler, field by field, and makes the properties of its buildset. Pure.</summary>
internal static class ForceFields
{
    private const int MaxString = 4 * 1024;
    private const int MaxText = 64 * 1024;
    private const int MaxPriority = 1_000_000;

    /// <summary>The properties, or all that is wrong.</summary>
    public static (IReadOnlyList<PropertyRecord> Properties, IReadOnlyList<FieldProblem> Problems) Check(ForceConfiguration scheduler, IReadOnlyList<string> codebases, ForceOrder order)
    {
        var problems = new List<FieldProblem>();
        foreach (var builder in order.Builders.Except(scheduler.Builders))
            problems.Add(new("builders", $"The scheduler {scheduler.Name} does not start a builder named {Shown(builder)}. It starts: {string.Join(", ", scheduler.Builders)}."));
        foreach (var name in order.Properties.Keys.Where(n => scheduler.Parameters.All(p => p.Name != n)))
            problems.Add(new(name, $"There is no such field. The fields are: {string.Join(", ", scheduler.Parameters.Select(p => p.Name))}."));
        foreach (var (codebase, stamp) in order.SourceStamps)
            CheckStamp(codebases, codebase, stamp, problems);
        if (Encoding.UTF8.GetByteCount(order.Reason ?? "") > MaxString)
            problems.Add(new("reason", $"At most {MaxString} bytes."));
        if (Math.Abs((long)order.Priority) > MaxPriority)
            problems.Add(new("priority", $"From {-MaxPriority} to {MaxPriority}."));
        if (order.IdempotencyKey is { Length: 0 or > 200 })
            problems.Add(new("idempotencyKey", "1 to 200 characters."));
        var properties = new List<PropertyRecord>();
        foreach (var parameter in scheduler.Parameters)
        {
            var (json, problem) = Value(parameter, order.Properties.TryGetValue(parameter.Name, out var given) ? given : null);
            if (problem is not null)
                problems.Add(new(parameter.Name, problem));
            else
                properties.Add(new(parameter.Name, json!, BuildsetProperties.FromForce));
        }
        return (properties, problems);
    }

    private static void CheckStamp(IReadOnlyList<string> codebases, string codebase, ForceStamp stamp, List<FieldProblem> problems)
    {
        if (!codebases.Contains(codebase))
            problems.Add(new($"sourceStamps.{Shown(codebase)}", $"Its builders do not use such a codebase. They use: {string.Join(", ", codebases)}."));
        if (stamp.Branch is { Length: > 0 } branch && GitNames.ProblemOfBranch(branch) is { } wrong)
            problems.Add(new($"sourceStamps.{Shown(codebase)}.branch", $"The branch {wrong}."));
        if (stamp.Revision is { Length: > 0 } revision && GitNames.ProblemOfRevision(revision) is { } bad)
            problems.Add(new($"sourceStamps.{Shown(codebase)}.revision", $"The revision {bad}."));
    }

    /// <summary>The value of a field as JSON, or what is wrong with it.</summary>
    public static (string? Json, string? Problem) Value(ForceParameter parameter, JsonElement? given)
    {
        var empty = given is null or { ValueKind: JsonValueKind.Null or JsonValueKind.Undefined };
        var text = empty ? null : Text(given!.Value);
        if (!empty && text is null)
            return (null, "A single value was expected, no list and no object.");
        // An emptied field of text is a choice; an emptied number or choice is none.
        if (empty || (text!.Length == 0 && parameter.Kind is not ("string" or "text")))
        {
            if (parameter.Default is null)
                return parameter.Required ? (null, "It is required.") : (None(parameter.Kind), null);
            text = parameter.Default;
        }
        if (text.Length == 0 && parameter.Required)
            return (null, "It is required.");
        return parameter.Kind switch
        {
            "boolean" => Boolean(text),
            "int" => long.TryParse(text.Trim(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? (number.ToString(CultureInfo.InvariantCulture), null) : (null, "A whole number was expected."),
            "choice" => parameter.Choices.Contains(text) ? (JsonSerializer.Serialize(text), null) : (null, $"One of {string.Join(", ", parameter.Choices)} was expected."),
            "text" => Fits(parameter, text.ReplaceLineEndings("\n"), MaxText),
            _ => text.AsSpan().IndexOfAny('\n', '\r') >= 0 ? (null, "A single line was expected.") : Fits(parameter, text, MaxString),
        };
    }

    private static (string?, string?) Boolean(string text) => text.Trim().ToLowerInvariant() switch
    {
        "true" or "on" or "yes" or "1" => ("true", null),
        "false" or "off" or "no" or "0" => ("false", null),
        _ => (null, "true or false was expected."),
    };

    private static (string?, string?) Fits(ForceParameter parameter, string text, int max)
    {
        if (Encoding.UTF8.GetByteCount(text) > max)
            return (null, $"At most {max} bytes.");
        if (ChangeText.Clean(text) != text)
            return (null, "It contains a character that cannot be stored.");
        if (parameter.Pattern is { Length: > 0 } pattern && text.Length > 0 && !Matches(pattern, text))
            return (null, $"It does not match {pattern}.");
        return (JsonSerializer.Serialize(text), null);
    }

    // Linear time, whatever the pattern: it meets text from outside. The configuration's check has refused patterns that cannot be matched so.
    private static bool Matches(string pattern, string text) => Regex.IsMatch(text, pattern, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);

    private static string None(string kind) => kind switch
    {
        "boolean" => "false",
        "int" or "choice" => "null",
        _ => "\"\"",
    };

    private static string? Text(JsonElement value)
    {
        try
        {
            return value.ValueKind switch
            {
                JsonValueKind.String => value.GetString(),
                JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False => value.GetRawText(),
                _ => null,
            };
        }
        catch (InvalidOperationException) // half a surrogate pair
        {
            return "\0";
        }
    }

    private static string Shown(string name) => ChangeText.Fit(name, 100);
}
