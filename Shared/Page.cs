namespace Weir.Shared;

/// <summary>One page of a list. <see cref="Next"/> is the key to ask the following page with, null at the end.</summary>
public sealed record Page<T>(IReadOnlyList<T> Items, long? Next = null, long? Total = null);
