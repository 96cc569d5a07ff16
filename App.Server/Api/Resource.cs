using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Weir.Shared;

namespace Weir.App.Server.Api;

/// <summary>One kind of resource as REST shows it: the name of its collection and its fields, in order. Everything that all collections share (envelope, filters, order, paging) is here.</summary>
internal sealed class Resource<T>(string collection, params (string Name, Func<T, JsonNode?> Value)[] fields)
{
    private readonly string[] names = [.. fields.Select(f => f.Name)];

    /// <summary>A list that fits into memory (builders, workers): any field filters and orders.</summary>
    public IResult List(IReadOnlyList<T> items, HttpRequest request)
    {
        var query = RestQuery.Read(request.Query, names, names, names);
        if (query.Problems.Count > 0)
            return Problems.Invalid([.. query.Problems]);
        var rows = items.Select(Render);
        foreach (var filter in query.Filters)
            rows = rows.Where(row => Comparison.Matches(row[filter.Field], filter));
        var matching = rows.ToList();
        foreach (var order in query.Order.Reverse())
            matching = [.. order.StartsWith('-') ? matching.OrderByDescending(r => r[order[1..]], Comparison.Order) : matching.OrderBy(r => r[order], Comparison.Order)];
        var total = matching.Count;
        return Envelope([.. matching.Skip(query.Offset).Take(query.Limit).Select(row => Choose(row, query.Fields))], new JsonObject { ["total"] = total });
    }

    /// <summary>A list without end (builds, changes), read from the store newest first: <paramref name="filters"/> are what the store can answer quickly.</summary>
    public async Task<IResult> Pages(HttpRequest request, string[] filters, Func<RestQuery, int, Task<Page<T>?>> read)
    {
        var newestFirst = "-" + names[0];
        var query = RestQuery.Read(request.Query, names, filters, [names[0], "number", "submitted_at", "started_at"]);
        var problems = query.Problems
            .Concat(query.Filters.Where(f => f.Operator != "eq").Select(f => new FieldProblem($"{f.Field}__{f.Operator}", "This list can be filtered by equality only.")))
            .Concat(query.Order.Where(o => !o.StartsWith('-')).Select(o => new FieldProblem("order", $"This list has no end and is read newest first: \"{newestFirst}\".")))
            .Concat(query.Offset > RestQuery.MostItems ? [new FieldProblem("offset", $"At most {RestQuery.MostItems}; beyond, use after= with meta.next of the page before.")] : [])
            .ToArray();
        if (problems.Length > 0)
            return Problems.Invalid(problems);
        if (await read(query, query.Offset + query.Limit) is not { } page)
            return Problems.Invalid(new FieldProblem("", "A filter's value cannot be understood."));
        var meta = new JsonObject();
        if (page.Total is { } total)
            meta["total"] = total;
        if (page.Next is { } next)
            meta["next"] = next;
        return Envelope([.. page.Items.Skip(query.Offset).Take(query.Limit).Select(i => Choose(Render(i), query.Fields))], meta);
    }

    /// <summary>A list that belongs to another resource and is short: steps of a build, logs of a step.</summary>
    public IResult All(IEnumerable<T> items) => Envelope([.. items.Select(Render)], []);

    /// <summary>One resource, which is a list of one; 404 if there is none.</summary>
    public IResult One(T? item, string what, HttpRequest request)
    {
        if (item is null)
            return Problems.NotFound(what);
        var query = RestQuery.Read(request.Query, names, [], []);
        return query.Problems.Count > 0 ? Problems.Invalid([.. query.Problems]) : Envelope([Choose(Render(item), query.Fields)], []);
    }

    public IResult Created(T item, string address) => Rest.Json(Body([Render(item)], []), StatusCodes.Status201Created, address);

    public JsonObject Render(T item)
    {
        var row = new JsonObject();
        foreach (var (name, value) in fields)
            row[name] = value(item);
        return row;
    }

    private IResult Envelope(JsonArray items, JsonObject meta) => Rest.Json(Body(items, meta));

    private JsonObject Body(JsonArray items, JsonObject meta) => new() { [collection] = items, ["meta"] = meta };

    private static JsonObject Choose(JsonObject row, IReadOnlyList<string> chosen)
    {
        foreach (var name in chosen.Count == 0 ? [] : row.Select(f => f.Key).Except(chosen).ToArray())
            row.Remove(name);
        return row;
    }
}

/// <summary>How values of JSON are compared with the text of a query, and with each other.</summary>
internal static class Comparison
{
    public static IComparer<JsonNode?> Order { get; } = Comparer<JsonNode?>.Create(Compare);

    public static bool Matches(JsonNode? value, RestFilter filter) => filter.Operator switch
    {
        "contains" => filter.Values.Any(v => value is JsonArray many ? many.Any(m => IsEqual(m, v)) : Text(value).Contains(v, StringComparison.Ordinal)),
        "eq" => filter.Values.Any(v => IsEqual(value, v)),
        "ne" => !filter.Values.Any(v => IsEqual(value, v)),
        _ => filter.Values.All(v => CompareWith(value, v) is { } sign && filter.Operator switch { "lt" => sign < 0, "le" => sign <= 0, "gt" => sign > 0, _ => sign >= 0 }),
    };

    private static bool IsEqual(JsonNode? value, string text) => value?.GetValueKind() switch
    {
        null => text.Length == 0,
        JsonValueKind.True or JsonValueKind.False => RestQuery.Boolean(text) == value.GetValue<bool>(),
        _ => CompareWith(value, text) == 0,
    };

    private static int? CompareWith(JsonNode? value, string text)
    {
        if (value is null)
            return null;
        if (value.GetValueKind() == JsonValueKind.Number)
            return decimal.TryParse(text, NumberStyles.Number, CultureInfo.InvariantCulture, out var number) ? decimal.Parse(value.ToJsonString(), CultureInfo.InvariantCulture).CompareTo(number) : null;
        return string.CompareOrdinal(Text(value), text);
    }

    private static int Compare(JsonNode? a, JsonNode? b) => (a, b) switch
    {
        (null, null) => 0,
        (null, _) => -1,
        (_, null) => 1,
        _ when a.GetValueKind() == JsonValueKind.Number && b.GetValueKind() == JsonValueKind.Number =>
            decimal.Parse(a.ToJsonString(), CultureInfo.InvariantCulture).CompareTo(decimal.Parse(b.ToJsonString(), CultureInfo.InvariantCulture)),
        _ => string.CompareOrdinal(Text(a), Text(b)),
    };

    private static string Text(JsonNode? value) => value?.GetValueKind() == JsonValueKind.String ? value.GetValue<string>() : value?.ToJsonString() ?? "";
}

/// <summary>Small things that every file of this folder uses.</summary>
internal static class Rest
{
    private static readonly JsonSerializerOptions Written = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static IResult Json(JsonNode? body, int status = StatusCodes.Status200OK, string? location = null) => new JsonAnswer(body, status, location);

    /// <summary>Buildbot's times: whole seconds since the epoch.</summary>
    public static JsonNode? Seconds(DateTimeOffset? at) => at?.ToUnixTimeSeconds();

    /// <summary>The same in milliseconds.</summary>
    public static JsonNode? Milliseconds(DateTimeOffset? at) => at?.ToUnixTimeMilliseconds();

    public static JsonArray Array(IEnumerable<string> words) => [.. words.Select(w => (JsonNode)w)];

    /// <summary>Text of JSON as JSON; text that is none stays text.</summary>
    public static JsonNode? Parse(string json)
    {
        try
        {
            return JsonNode.Parse(json);
        }
        catch (JsonException)
        {
            return json;
        }
    }

    private sealed class JsonAnswer(JsonNode? body, int status, string? location) : IResult
    {
        public async Task ExecuteAsync(HttpContext httpContext)
        {
            httpContext.Response.StatusCode = status;
            httpContext.Response.ContentType = "application/json; charset=utf-8";
            httpContext.Response.Headers.CacheControl = "no-store";
            if (location is not null)
                httpContext.Response.Headers.Location = location;
            await httpContext.Response.WriteAsync(body?.ToJsonString(Written) ?? "null", httpContext.RequestAborted);
        }
    }
}
