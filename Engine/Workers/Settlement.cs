using Weir.Shared.Protocol;

namespace Weir.Engine.Workers;

/// <summary>A command of the worker's builds that has not ended in the store, and which installation it was made for.</summary>
internal sealed record OpenCommand(long Id, long BuildId, Guid Instance, string Boot, long Applied);

/// <summary>What a hello settles about commands (invariant 4): for each that the worker holds a verdict, for each build what of it goes on, and those that are lost.</summary>
internal sealed record Settlement(IReadOnlyList<Verdict> Verdicts, IReadOnlyDictionary<long, List<AdoptedCommand>> Commands, IReadOnlyList<long> Lost)
{
    /// <summary>
    /// Known to both: continue; only to the worker: end it and forget; only to the store, same instance and boot: never arrived, send again; only to the store, other instance or boot: lost.
    /// </summary>
    /// <param name="hello">What the worker says it holds.</param>
    /// <param name="open">What the store says it should.</param>
    /// <param name="epochs">The epochs of the worker's builds from now on.</param>
    public static Settlement Of(Hello hello, IReadOnlyList<OpenCommand> open, IReadOnlyDictionary<long, long> epochs)
    {
        var held = hello.Commands.ToDictionary(c => c.Command);
        var commands = new Dictionary<long, List<AdoptedCommand>>();
        var lost = new List<long>();
        foreach (var command in open)
        {
            var holds = held.ContainsKey(command.Id);
            if (!holds && (command.Instance != hello.Instance || command.Boot != hello.Boot))
            {
                lost.Add(command.Id);
                continue;
            }
            if (!commands.TryGetValue(command.BuildId, out var list))
                commands[command.BuildId] = list = [];
            list.Add(new(command.Id, holds && !held[command.Id].NeedsSecrets));
        }
        var byId = open.ToDictionary(c => c.Id);
        var verdicts = hello.Commands.Select(c => byId.TryGetValue(c.Command, out var ours)
            ? new Verdict(c.Command, true, ours.Applied, epochs[ours.BuildId])
            : new Verdict(c.Command, false, 0, 0)).ToArray();
        return new(verdicts, commands, lost);
    }
}
