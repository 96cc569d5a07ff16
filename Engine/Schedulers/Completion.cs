using System.Text.Json;
using Weir.Engine.Configuration;
using Weir.Engine.Queue;
using Weir.Engine.Storage;
using Weir.Shared;
using Weir.Shared.Builds;
using Weir.Shared.Events;
using Weir.Shared.Identity;
using Weir.Shared.Queue;
using Weir.Shared.Schedulers;

namespace Weir.Engine.Schedulers;

/// <summary>Completes requests: the values are checked as a form's are, and stand with the request alone, since others of its buildset may need others.</summary>
internal sealed class Completion(Database database, ConfigurationInForce configuration) : IRequestCompletion
{
    private const string FromHand = "Completed";

    private sealed record Row
    {
        public long BuildsetId { get; init; }
        public long BuilderId { get; init; }
        public string Builder { get; init; } = "";
        public string[] Names { get; init; } = [];
        public bool IsWaiting { get; init; }
    }

    private const string Find = """
        SELECT r.buildset_id, r.builder_id, n.name AS builder, ARRAY(SELECT p->>'Name' FROM jsonb_array_elements(s.properties || r.given) p) AS names,
               EXISTS (SELECT FROM open_requests o WHERE o.request_id = r.id) AS is_waiting
        FROM requests r JOIN buildsets s ON s.id = r.buildset_id JOIN builders n ON n.id = r.builder_id WHERE r.id = @requestId
        """;

    public async Task<MissingProperties?> Missing(long requestId, CancellationToken cancellation) =>
        await database.QuerySingle<Row>(Find, new { requestId }, cancellation) is { } row
            ? new(requestId, row.BuildsetId, row.Builder, row.IsWaiting ? Fields(row, await configuration.Read(cancellation)) : [])
            : null;

    public async Task<ActionOutcome> Complete(long requestId, IReadOnlyDictionary<string, JsonElement> values, string? reason, Actor by, CancellationToken cancellation)
    {
        var revision = await configuration.Read(cancellation);
        return await database.Act(by, async unit =>
        {
            // Whoever cancels it or claims it takes this row away; whoever completes it at the same moment waits here, and finds that it lacks nothing.
            await unit.Execute("SELECT FROM open_requests WHERE request_id = @requestId FOR UPDATE", new { requestId });
            if (await unit.QuerySingle<Row>(Find, new { requestId }) is not { } row)
                return new ActionOutcome.NotFound($"request {requestId}");
            if (!row.IsWaiting)
                return new ActionOutcome.Conflict("The request does not wait (any more).");
            var fields = Fields(row, revision);
            if (fields.Count == 0)
                return new ActionOutcome.Conflict($"The request lacks nothing that {row.Builder} requires.");
            var (properties, problems) = Check(fields, values);
            if (problems.Count > 0)
                return new ActionOutcome.Invalid(problems);
            await unit.Execute("UPDATE requests SET given = given || @properties::jsonb WHERE id = @requestId", new { requestId, properties = ConfigurationJson.Write(properties) });
            // What it has now others did not ask for: it is built for itself.
            await unit.Execute("UPDATE open_requests SET set_aside_in = NULL, wait_kind = 'New', wait_text = 'It is complete now.', wait_since = weir_now(), collapse_key = NULL WHERE request_id = @requestId", new { requestId });
            Audit.Write(unit, by, "request.complete", $"request {requestId}", $"{string.Join(", ", properties.Select(p => p.Name))}{(string.IsNullOrWhiteSpace(reason) ? "" : ": " + reason)}");
            unit.Add(new WeirEvent { Kind = EventKind.RequestChanged, RequestId = requestId, BuilderId = row.BuilderId });
            unit.Wake(WakeTopic.Queue);
            return new ActionOutcome.Done(requestId);
        }, cancellation);
    }

    private static IReadOnlyList<ForceParameter> Fields(Row row, RevisionInForce? revision)
    {
        if (revision?.Builder(row.Builder) is not { } builder)
            return [];
        var missing = BuilderNeeds.Required(builder).Except(row.Names).ToHashSet();
        return [.. builder.Properties.Where(p => missing.Contains(p.Name)).Select(p => new ForceParameter { Name = p.Name, Kind = p.Type, Description = p.Description, Required = true })];
    }

    /// <summary>The properties, or all that is wrong.</summary>
    internal static (IReadOnlyList<PropertyRecord> Properties, IReadOnlyList<FieldProblem> Problems) Check(IReadOnlyList<ForceParameter> fields, IReadOnlyDictionary<string, JsonElement> values)
    {
        var problems = values.Keys.Where(n => fields.All(f => f.Name != n)).Select(n => new FieldProblem(n, $"It lacks no such property. It lacks: {string.Join(", ", fields.Select(f => f.Name))}.")).ToList();
        var properties = new List<PropertyRecord>();
        foreach (var field in fields)
        {
            var given = values.TryGetValue(field.Name, out var value) ? value : (JsonElement?)null;
            var (json, problem) = field.Kind == "json" ? Json(given) : ForceFields.Value(field, given);
            if (problem is not null)
                problems.Add(new(field.Name, problem));
            else
                properties.Add(new(field.Name, json!, FromHand));
        }
        return (properties, problems);
    }

    // A text is read as JSON, as a form gives it.
    private static (string? Json, string? Problem) Json(JsonElement? given)
    {
        if (given is null or { ValueKind: JsonValueKind.Null or JsonValueKind.Undefined } || given is { ValueKind: JsonValueKind.String } empty && string.IsNullOrWhiteSpace(empty.GetString()))
            return (null, "It is required.");
        if (given.Value.ValueKind != JsonValueKind.String)
            return (given.Value.GetRawText(), null);
        try
        {
            using var read = JsonDocument.Parse(given.Value.GetString()!);
            return (read.RootElement.GetRawText(), null);
        }
        catch (JsonException e)
        {
            return (null, $"JSON was expected, as in {{ \"a\": 1 }} or \"text\": {e.Message}");
        }
    }
}
