using Weir.Shared.Logs;

namespace Weir.App.Client.Logs;

/// <summary>What a viewer looks for in a log, as his address says it, and what was found where the page itself lists it.</summary>
public sealed record LogWanted(string Text, bool IsRegex, bool MatchCase, string? Problem, LogHits? Hits);
