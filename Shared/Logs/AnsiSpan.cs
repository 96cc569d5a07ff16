namespace Weir.Shared.Logs;

/// <summary>A piece of a line in one style.</summary>
public readonly record struct AnsiSpan(string Text, AnsiStyle Style);
