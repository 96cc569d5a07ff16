using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Weir.Shared.Configuration;

namespace Weir.App.Server.Api;

/// <summary>When a configuration shall come in force, as REST is told: <c>when_idle</c> (true, or names of builders), <c>deadline</c>, <c>at_deadline</c>, <c>now</c>, <c>waiting</c>.</summary>
internal static class GivenTerms
{
    private const int MostBuilders = 1000;

    public static ApplyTerms Take(Arguments given, TimeProvider time)
    {
        var terms = new ApplyTerms { WhenIdle = WhenIdle(given), Deadline = Moment(given, "deadline"), AtDeadline = After(given), Now = given.Boolean("now") == true, CancelsWaiting = Cancels(given) };
        if (terms is { Deadline: not null, WhenIdle: null })
            given.Wrong("deadline", "It means something only together with when_idle.");
        if (terms.Deadline <= time.GetUtcNow())
            given.Wrong("deadline", "It is over already.");
        if (terms is { Now: true, WhenIdle: not null })
            given.Wrong("now", "It cannot both come now and wait until builders are idle.");
        return terms;
    }

    /// <summary>A moment: whole seconds since 1970, or as ISO 8601 writes it.</summary>
    public static DateTimeOffset? Moment(Arguments given, string name)
    {
        switch (given.Any(name))
        {
            case null:
                return null;
            case JsonValue value when value.TryGetValue<long>(out var seconds) && seconds is > 0 and < 253_402_300_800:
                return DateTimeOffset.FromUnixTimeSeconds(seconds);
            case JsonValue value when value.GetValueKind() == JsonValueKind.String && DateTimeOffset.TryParse(value.GetValue<string>(), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var time):
                return time;
            default:
                given.Wrong(name, "A time is expected: whole seconds since 1970, or as 2026-12-24T18:00:00Z.");
                return null;
        }
    }

    /// <summary>The same out of the query of a request without a body: <c>when_idle=true</c>, <c>when_idle=lib-linux,lib-bsd</c>.</summary>
    public static JsonObject OfQuery(IQueryCollection query)
    {
        var given = new JsonObject();
        if (query["when_idle"].ToString() is { Length: > 0 } idle)
            given["when_idle"] = bool.TryParse(idle, out var all) ? JsonValue.Create(all) : new JsonArray([.. idle.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(n => JsonValue.Create(n))]);
        if (query["deadline"].ToString() is { Length: > 0 } deadline)
            given["deadline"] = long.TryParse(deadline, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) ? seconds : deadline;
        if (query["at_deadline"].ToString() is { Length: > 0 } after)
            given["at_deadline"] = after;
        if (query["waiting"].ToString() is { Length: > 0 } waiting)
            given["waiting"] = waiting;
        if (query["now"].ToString() is { Length: > 0 } now)
            given["now"] = bool.TryParse(now, out var isNow) ? isNow : now;
        return given;
    }

    private static IReadOnlyList<string>? WhenIdle(Arguments given)
    {
        switch (given.Any("when_idle"))
        {
            case null:
            case JsonValue no when no.TryGetValue<bool>(out var truth) && !truth:
                return null;
            case JsonValue yes when yes.GetValueKind() == JsonValueKind.True:
                return [];
            case JsonArray { Count: > 0 and <= MostBuilders } names when names.All(n => n?.GetValueKind() == JsonValueKind.String):
                return [.. names.Select(n => n!.GetValue<string>())];
            default:
                given.Wrong("when_idle", "true (everything must be idle), or a list of names of builders is expected.");
                return null;
        }
    }

    /// <summary>What becomes of requests that wait for builders which go: <c>set_aside</c> (the default) or <c>cancel</c>.</summary>
    public static bool Cancels(Arguments given)
    {
        switch (given.Text("waiting"))
        {
            case null or "set_aside" or "set-aside":
                return false;
            case "cancel":
                return true;
            default:
                given.Wrong("waiting", "What becomes of requests whose builder goes: \"set_aside\" (they wait until it is back) or \"cancel\" is expected.");
                return false;
        }
    }

    private static AtDeadline After(Arguments given)
    {
        switch (given.Text("at_deadline"))
        {
            case null or "enforce":
                return AtDeadline.Enforce;
            case "drop":
                return AtDeadline.Drop;
            default:
                given.Wrong("at_deadline", "\"enforce\" (it comes in force, whatever runs) or \"drop\" is expected.");
                return default;
        }
    }
}
