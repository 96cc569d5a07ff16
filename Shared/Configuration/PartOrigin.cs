using System.Text.Json.Serialization;

namespace Weir.Shared.Configuration;

/// <summary>Where a part of the configuration comes from, and so where it is edited.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<PartOrigin>))]
public enum PartOrigin
{
    /// <summary>What came by REST, by <c>weir config apply</c> or from a page; the part <c>forms</c> is of it. Edited anywhere.</summary>
    Store,

    /// <summary>The file or folder that masters watch. Edited there.</summary>
    File,

    /// <summary>A git repository of a team. Edited by commits.</summary>
    Repository,
}
