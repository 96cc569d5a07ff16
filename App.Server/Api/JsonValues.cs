using System.Text.Json;
using System.Text.Json.Nodes;
using Weir.Shared.Builds;

namespace Weir.App.Server.Api;

/// <summary>Writes the values of fields.</summary>
internal static class JsonValues
{
    public static void Write(Utf8JsonWriter writer, FieldKind kind, object? value)
    {
        switch (value)
        {
            case null:
                writer.WriteNullValue();
                break;
            case string text:
                writer.WriteStringValue(text);
                break;
            case long number:
                writer.WriteNumberValue(number);
                break;
            case int number:
                writer.WriteNumberValue(number);
                break;
            case double number:
                writer.WriteNumberValue(number);
                break;
            case bool truth:
                writer.WriteBooleanValue(truth);
                break;
            case DateTimeOffset at:
                writer.WriteNumberValue(kind == FieldKind.Milliseconds ? at.ToUnixTimeMilliseconds() : at.ToUnixTimeSeconds());
                break;
            case JsonNode node:
                node.WriteTo(writer);
                break;
            case Action<Utf8JsonWriter> write:
                write(writer);
                break;
            case IReadOnlyCollection<PropertyRecord> properties:
                WriteProperties(writer, properties);
                break;
            case IEnumerable<string> texts:
                writer.WriteStartArray();
                foreach (var text in texts)
                    writer.WriteStringValue(text);
                writer.WriteEndArray();
                break;
            case IEnumerable<long> numbers:
                writer.WriteStartArray();
                foreach (var number in numbers)
                    writer.WriteNumberValue(number);
                writer.WriteEndArray();
                break;
            case IEnumerable<Action<Utf8JsonWriter>> items:
                writer.WriteStartArray();
                foreach (var item in items)
                    item(writer);
                writer.WriteEndArray();
                break;
            default:
                throw new System.Diagnostics.UnreachableException(value.GetType().Name);
        }
    }

    /// <summary>Properties as Buildbot shows them: each name with its value and its source.</summary>
    public static void WriteProperties(Utf8JsonWriter writer, IEnumerable<PropertyRecord> properties)
    {
        writer.WriteStartObject();
        foreach (var property in properties)
        {
            writer.WriteStartArray(property.Name);
            writer.WriteRawValue(property.Value, skipInputValidation: true);
            writer.WriteStringValue(property.Source);
            writer.WriteEndArray();
        }
        writer.WriteEndObject();
    }
}
