namespace Weir.App.Server.Api;

/// <summary>The kind of a field's values: how they are written, and how a query may compare them.</summary>
internal enum FieldKind
{
    Number,
    Text,
    Texts,
    Truth,

    /// <summary>A time, as whole seconds since the epoch.</summary>
    Seconds,

    /// <summary>A time, as milliseconds since the epoch.</summary>
    Milliseconds,

    /// <summary>Objects and lists; shown, never compared.</summary>
    Json,
}

/// <summary>What a field is, apart from how it is read.</summary>
internal record FieldInfo(string Name, FieldKind Kind, string Description)
{
    public bool CanBeCompared => Kind != FieldKind.Json;
}

/// <summary>A field of a resource.</summary>
internal sealed record Field<T>(string Name, FieldKind Kind, Func<T, object?> Value, string Description) : FieldInfo(Name, Kind, Description);

/// <summary>A resource as documents of the interface describe it.</summary>
internal interface IResource
{
    /// <summary>The name of one: <c>build</c>.</summary>
    string Singular { get; }

    /// <summary>The name of the collection: <c>builds</c>.</summary>
    string Collection { get; }
    IReadOnlyList<FieldInfo> Fields { get; }
}
