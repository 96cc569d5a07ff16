using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Weir.Shared.Protocol;

namespace Weir.Worker.Tests.Protocol;

/// <summary>The code that reads and writes our messages and files, which is made when the program is built.</summary>
public sealed class GeneratedJsonTests
{
    // All contexts of the programs, those that only the worker knows too.
    private static readonly JsonSerializerContext[] Contexts =
    [
        .. new[] { typeof(ProtocolJson).Assembly, typeof(Program).Assembly }.SelectMany(a => a.GetTypes()).Where(t => t.IsSubclassOf(typeof(JsonSerializerContext)))
            .Select(t => (JsonSerializerContext)t.GetProperty("Default", BindingFlags.Public | BindingFlags.Static)!.GetValue(null)!),
    ];

    public static TheoryData<string, string> Types()
    {
        var all = new TheoryData<string, string>();
        foreach (var context in Contexts)
        {
            foreach (var type in Of(context))
                all.Add(context.GetType().Name, type.FullName!);
        }
        return all;
    }

    /// <summary>Neighbouring versions do not say all that this one says. (What is generated gives an <c>init</c> member that is not there null or zero, whatever the type says of it; <c>set</c> leaves it alone.)</summary>
    [Theory]
    [MemberData(nameof(Types))]
    public void What_a_text_does_not_say_has_the_value_that_the_type_gives_it(string context, string type)
    {
        var generated = Contexts.Single(c => c.GetType().Name == context);
        var read = Of(generated).Single(t => t.FullName == type);
        var reflected = new JsonSerializerOptions(generated.Options) { TypeInfoResolver = new DefaultJsonTypeInfoResolver() };
        var text = Least(reflected.GetTypeInfo(read), reflected).ToJsonString();

        var expected = JsonSerializer.Serialize(JsonSerializer.Deserialize(text, read, reflected), read, reflected);
        Assert.Equal(expected, JsonSerializer.Serialize(JsonSerializer.Deserialize(text, read, generated), read, reflected));
    }

    [Fact]
    public void All_contexts_are_looked_at() =>
        Assert.Equal(["FrameJson", "JournalJson", "KeeperJson", "OwnerJson", "ProtocolJson", "SharedJson"], Contexts.Select(c => c.GetType().Name).Order());

    // Objects of ours, those that are only reached through another included.
    private static IEnumerable<Type> Of(JsonSerializerContext context) => context.GetType()
        .GetProperties(BindingFlags.Public | BindingFlags.Instance)
        .Where(p => p.PropertyType.IsGenericType && p.PropertyType.GetGenericTypeDefinition() == typeof(JsonTypeInfo<>))
        .Select(p => p.PropertyType.GetGenericArguments()[0])
        .Where(t => !t.IsAbstract && t.Namespace!.StartsWith("Weir.", StringComparison.Ordinal) && context.GetTypeInfo(t)!.Kind == JsonTypeInfoKind.Object)
        .OrderBy(t => t.FullName, StringComparer.Ordinal);

    // The shortest text that can be read: what must be there, and nothing else.
    private static JsonObject Least(JsonTypeInfo type, JsonSerializerOptions options)
    {
        var least = new JsonObject();
        foreach (var member in type.Properties.Where(p => p.IsRequired))
            least[member.Name] = Some(member.PropertyType, options);
        return least;
    }

    private static JsonNode? Some(Type type, JsonSerializerOptions options)
    {
        if (type == typeof(string))
            return "text";
        if (type == typeof(Guid))
            return Guid.Empty.ToString();
        if (type.IsEnum)
            return JsonSerializer.SerializeToNode(Enum.GetValues(type).GetValue(0), type, options);
        if (type.IsAbstract && type.GetCustomAttributes<JsonDerivedTypeAttribute>().FirstOrDefault() is { TypeDiscriminator: string kind } derived)
        {
            var first = new JsonObject { ["kind"] = kind };
            foreach (var (name, value) in Least(options.GetTypeInfo(derived.DerivedType), options).ToArray())
                first[name] = value?.DeepClone();
            return first;
        }
        var info = options.GetTypeInfo(type);
        return info.Kind switch
        {
            JsonTypeInfoKind.Enumerable => new JsonArray(),
            JsonTypeInfoKind.Dictionary or JsonTypeInfoKind.Object => Least(info, options),
            _ => type == typeof(bool) ? JsonValue.Create(true) : JsonValue.Create(7),
        };
    }
}
