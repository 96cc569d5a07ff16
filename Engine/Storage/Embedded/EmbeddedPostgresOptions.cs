using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Weir.Engine.Storage.Embedded;

/// <summary>What a private PostgreSQL server needs to know.</summary>
public sealed record EmbeddedPostgresOptions
{
    /// <summary>The folder that belongs to the server: its cluster, socket, log and password, or a note where these lie.</summary>
    public required string Directory { get; init; }

    /// <summary>Folders below whose <c>node_modules</c> the npm package with PostgreSQL's programs may lie.</summary>
    public IReadOnlyList<string> NpmRoots { get; init; } = [];

    /// <summary>Settings of the server over its defaults, for example <c>shared_buffers</c>.</summary>
    public IReadOnlyDictionary<string, string> Settings { get; init; } = new Dictionary<string, string>();

    /// <summary>False: nothing is synced to disk. For tests only: a crash of the machine loses the cluster.</summary>
    public bool Durable { get; init; } = true;
    public TimeSpan StartTimeout { get; init; } = TimeSpan.FromSeconds(60);
    public TimeProvider Time { get; init; } = TimeProvider.System;
    public ILogger Logger { get; init; } = NullLogger.Instance;
}

/// <summary>The private PostgreSQL server could not be brought up; the message says why and what can be done.</summary>
public sealed class EmbeddedPostgresException(string message, Exception? inner = null) : Exception(message, inner);
