namespace Weir.Worker.Connection;

/// <summary>What an agent is started with.</summary>
/// <param name="Addresses">The masters' addresses; at least one.</param>
/// <param name="Token">Proves the name.</param>
/// <param name="Name">The worker's name.</param>
/// <param name="JournalLimit">Unacknowledged bytes per command on disk.</param>
internal sealed record AgentOptions(IReadOnlyList<Uri> Addresses, string Token, string Name, long JournalLimit);
