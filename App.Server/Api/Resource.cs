using System.Text.Json;
using Weir.Shared;

namespace Weir.App.Server.Api;

/// <summary>One kind of resource as REST shows it: the name of its collection and its fields, in order. What all collections share (envelope, choice of fields, paging) is here.</summary>
internal sealed class Resource<T> : IResource
{
    private readonly List<Field<T>> fields = [];
    private JsonEncodedText[]? names;

    /// <summary>A resource whose fields are added one by one, each with its kind and a sentence.</summary>
    public Resource(string collection, string singular)
    {
        Collection = collection;
        Singular = singular;
    }

    /// <summary>A resource of fields that are only shown.</summary>
    public Resource(string collection, params (string Name, Func<T, object?> Value)[] fields) : this(collection, collection.TrimEnd('s')) =>
        this.fields.AddRange(fields.Select(f => new Field<T>(f.Name, FieldKind.Json, f.Value, "")));

    public string Collection { get; }
    public string Singular { get; }
    public IReadOnlyList<FieldInfo> Fields => fields;

    public Resource<T> Number(string name, Func<T, long?> value, string description) => Add(name, FieldKind.Number, i => value(i), description);
    public Resource<T> Text(string name, Func<T, string?> value, string description) => Add(name, FieldKind.Text, value, description);
    public Resource<T> Texts(string name, Func<T, IEnumerable<string>> value, string description) => Add(name, FieldKind.Texts, value, description);
    public Resource<T> Truth(string name, Func<T, bool> value, string description) => Add(name, FieldKind.Truth, i => value(i), description);
    public Resource<T> Json(string name, Func<T, object?> value, string description) => Add(name, FieldKind.Json, value, description);

    /// <summary>Two fields: the time in seconds, as in Buildbot, and as <c>…_ms</c> in milliseconds.</summary>
    public Resource<T> Time(string name, Func<T, DateTimeOffset?> value, string description) => this
        .Add(name, FieldKind.Seconds, i => value(i), description)
        .Add(name + "_ms", FieldKind.Milliseconds, i => value(i), description + " In milliseconds.");

    /// <summary>A list that fits into memory (builders, workers): any field filters and orders.</summary>
    public IResult List(IEnumerable<T> items, HttpRequest request)
    {
        var query = RestQuery.OfShortList(request.Query, this);
        if (query.Problems.Count > 0)
            return Problems.Invalid(query.Problems);
        var (page, total) = ShortList.Choose(items, fields, query.List);
        return Envelope(page, query, total: total);
    }

    /// <summary>A page of a list without end, as the store gave it.</summary>
    public async Task<IResult> List(HttpRequest request, Func<RestQuery, Task<ListAnswer<T>>> read)
    {
        var query = RestQuery.OfLongList(request.Query, this);
        return query.Problems.Count > 0 ? Problems.Invalid(query.Problems) : await read(query) switch
        {
            ListAnswer<T>.Rows rows => Envelope(rows.Items, query, rows.Total, rows.Next),
            ListAnswer<T>.Refused refused => Problems.Invalid(refused.Problems),
            _ => throw new System.Diagnostics.UnreachableException(),
        };
    }

    /// <summary>A list without end that is read newest first and cannot be asked for anything else.</summary>
    public async Task<IResult> Pages(HttpRequest request, string[] filters, Func<RestQuery, int, Task<Page<T>?>> read)
    {
        var query = RestQuery.OfPages(request.Query, this, filters);
        if (query.Problems.Count > 0)
            return Problems.Invalid(query.Problems);
        return await read(query, query.List.Offset + query.List.Limit) is { } page
            ? Envelope([.. page.Items.Skip(query.List.Offset).Take(query.List.Limit)], query, page.Total, page.Next?.ToString(System.Globalization.CultureInfo.InvariantCulture))
            : Problems.Invalid(new FieldProblem("", "A filter's value cannot be understood."));
    }

    /// <summary>A list that belongs to another resource and is short.</summary>
    public IResult All(IEnumerable<T> items) => Envelope([.. items], RestQuery.Everything);

    /// <summary>One resource, which is a list of one; 404 if there is none.</summary>
    public IResult One(T? item, string what, HttpRequest request)
    {
        if (item is null)
            return Problems.NotFound(what);
        var query = RestQuery.OfOne(request.Query, this);
        return query.Problems.Count > 0 ? Problems.Invalid(query.Problems) : Envelope([item], query);
    }

    /// <summary>One resource that was looked for in a list without end.</summary>
    public async Task<IResult> One(HttpRequest request, string what, Func<RestQuery, Task<ListAnswer<T>>> read)
    {
        var query = RestQuery.OfOne(request.Query, this);
        if (query.Problems.Count > 0)
            return Problems.Invalid(query.Problems);
        return await read(query) is ListAnswer<T>.Rows { Items: [var item, ..] } ? Envelope([item], query) : Problems.NotFound(what);
    }

    public IResult Created(T item, string address) => new JsonAnswer(writer => Write(writer, [item], RestQuery.Everything, null, null), StatusCodes.Status201Created) { Location = address };

    /// <summary>One, as it stands within another resource.</summary>
    public Action<Utf8JsonWriter> Embedded(T item) => writer => WriteItem(writer, item, []);

    private Resource<T> Add(string name, FieldKind kind, Func<T, object?> value, string description)
    {
        fields.Add(new(name, kind, value, description));
        return this;
    }

    private JsonAnswer Envelope(IReadOnlyList<T> items, RestQuery query, long? total = null, string? next = null) => new(writer => Write(writer, items, query, total, next));

    private void Write(Utf8JsonWriter writer, IReadOnlyList<T> items, RestQuery query, long? total, string? next)
    {
        writer.WriteStartObject();
        writer.WriteStartArray(Collection);
        foreach (var item in items)
            WriteItem(writer, item, query.Fields);
        writer.WriteEndArray();
        writer.WriteStartObject("meta");
        if (total is { } known)
            writer.WriteNumber("total", known);
        if (next is not null)
            writer.WriteString("next", next);
        writer.WriteEndObject();
        writer.WriteEndObject();
    }

    private void WriteItem(Utf8JsonWriter writer, T item, IReadOnlyCollection<string> chosen)
    {
        names ??= [.. fields.Select(f => JsonEncodedText.Encode(f.Name))];
        writer.WriteStartObject();
        for (var i = 0; i < fields.Count; i++)
        {
            if (chosen.Count > 0 && !chosen.Contains(fields[i].Name))
                continue;
            writer.WritePropertyName(names[i]);
            JsonValues.Write(writer, fields[i].Kind, fields[i].Value(item));
        }
        writer.WriteEndObject();
    }
}
