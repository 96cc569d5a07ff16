using System.Text.Json;
using Weir.Engine.Configuration;
using Weir.Shared.Builds;
using Weir.Shared.Changes;
using Weir.Shared.Configuration;

namespace Weir.Engine.Builds;

/// <summary>What a build does, frozen when it starts (invariant 5): it never looks at the configuration again. Stored with the number of its format.</summary>
public sealed record BuildPlan
{
    public const int Format = 1;
    public required BuilderConfiguration Builder { get; init; }

    /// <summary>The build's directory on its worker: no two builds share one at the same time.</summary>
    public required string Directory { get; init; }
    public required IReadOnlyList<SourceStampRecord> SourceStamps { get; init; }
    public required PlannedBuildset Buildset { get; init; }
    public required PlannedWorker Worker { get; init; }

    /// <summary>The changes of its buildset, for expressions; at most 200.</summary>
    public IReadOnlyList<PlannedChange> Changes { get; init; } = [];
    public int Attempt { get; init; } = 1;

    /// <summary>What a step may wait for are, in part, named things.</summary>
    public bool AsksForNames(int step) => Builder.Locks.Any(l => l is { Named: true, From: not null }) || Builder.Steps[step].Locks.Any(l => l.Named);

    /// <summary>It holds locks at some time, or may.</summary>
    public bool UsesLocks => Builder.Locks.Count > 0 || Builder.Steps.Any(s => s.Locks.Count > 0);

    /// <summary>A stored plan. Of a format that this release does not know none is read in part: a newer master drives that build.</summary>
    /// <exception cref="NotSupportedException">In words.</exception>
    public static BuildPlan Read(int format, string json) => format is >= 1 and <= Format
        ? ConfigurationJson.Read<BuildPlan>(json)
        : throw new NotSupportedException($"A newer release has begun this build: its plan has format {format}, this one reads up to {Format}.");

    /// <summary>Under which names the directories that it shares lie on its worker; one that is not here: under its own.</summary>
    public IReadOnlyDictionary<string, string> Places { get; init; } = new Dictionary<string, string>();

    /// <summary>Where its secrets are looked up, each time a command is sent.</summary>
    public IReadOnlyList<SecretSourceConfiguration> SecretSources { get; init; } = [];
}

/// <summary>The buildset, as expressions see it.</summary>
public sealed record PlannedBuildset(long Id, string Reason, string? Scheduler);

/// <summary>The worker, as expressions see it.</summary>
public sealed record PlannedWorker(string Name, IReadOnlyList<string> Tags);

/// <summary>A change, as expressions see it.</summary>
public sealed record PlannedChange(string Author, string? Branch, string? Revision, string? Codebase, string Comments, IReadOnlyList<string> Files);

/// <summary>Puts a build's first properties together. Later wins: builder's default, worker, then what came with the buildset (change, scheduler, request), then the build itself.</summary>
public static class StartProperties
{
    public static Dictionary<string, PropertyRecord> Assemble(
        BuilderConfiguration builder, IReadOnlyDictionary<string, JsonElement> workerProperties, string workerName, IReadOnlyList<PropertyRecord> buildset, IReadOnlyList<SourceStampRecord> stamps, string directory)
    {
        var all = new Dictionary<string, PropertyRecord>();
        foreach (var declared in builder.Properties)
        {
            if (declared.Default is { } value)
                Set(declared.Name, value.GetRawText(), "Builder");
        }
        foreach (var (name, value) in workerProperties)
            Set(name, value.GetRawText(), "Worker");
        foreach (var property in buildset)
            Set(property.Name, property.Value, property.Source);
        Text("buildername", builder.Name, "Builder");
        if (builder.Project is { } project)
            Text("project", project, "Builder");
        Text("workername", workerName, "Worker");
        Text("builddir", directory, "Build");
        if (stamps.FirstOrDefault() is { } first)
        {
            Text("codebase", first.Codebase, "Build");
            Text("repository", first.Repository, "Build");
            Text("branch", first.Branch, "Build");
            Text("revision", first.Revision, "Build");
        }
        return all;

        void Set(string name, string json, string source) => all[name] = new(name, json, source);

        void Text(string name, string? text, string source)
        {
            if (text is not null)
                Set(name, JsonSerializer.Serialize(text), source);
        }
    }
}
