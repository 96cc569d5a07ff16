using Weir.Engine.Configuration.Expressions;
using Weir.Engine.Configuration.Secrets;
using Weir.Engine.Steps;
using Weir.Engine.Workers;
using Weir.Shared.Configuration;
using Weir.Shared.Protocol;

namespace Weir.Engine.Builds;

/// <summary>What must hold before a command is stored and sent: its worker can do it, and its secrets can be had. Their values go into the order and nowhere else (invariant 4).</summary>
internal static class Sending
{
    /// <summary>A shorter text stands in too many places to be masked.</summary>
    private const int ShortestSecret = 4;

    /// <summary>The next command of a step, null when there is none (left).</summary>
    /// <exception cref="ExpressionException">It cannot be made, or could not be sent; why, in words for the step's page.</exception>
    public static CommandSpec? Next(StepState step, StepContext context, IReadOnlyList<EndedFrame> ended, BuildState build, WorkerSession session)
    {
        if (StepWork.For(step.Configuration).Next(context, ended) is not { } bare)
            return null;
        var spec = Shared(step, build) is { Count: > 0 } shared ? bare with { Shared = shared } : bare;
        if (WorkerAbilities.Needs(spec).Except(session.Abilities).ToList() is { Count: > 0 } lacking)
            throw new ExpressionException($"This step needs a worker that {string.Join(" and ", lacking.Select(WorkerAbilities.InWords))}; the worker {session.Name} is of an earlier release and needs an upgrade.", 0);
        // What the store has is asked when it is sent.
        return Secrets(spec, build.Plan, null, out _) is { } missing ? throw new ExpressionException(missing, 0) : spec;
    }

    private static IReadOnlyList<SharedUse> Shared(StepState step, BuildState build) =>
        [.. step.Configuration.Locks.Where(l => SharedDirectories.Of(l.Name) is not null).Select(l => (Directory: SharedDirectories.Of(l.Name)!, Writes: l.Exclusive))
            .Select(l => new SharedUse(l.Directory, l.Writes, FormattableString.Invariant($"{build.Plan.Builder.Name} #{build.Number}")) { Place = build.Plan.Places.GetValueOrDefault(l.Directory) is { } place && place != l.Directory ? place : null })];

    /// <summary>The values of the secrets that a command names; <paramref name="stored"/> is what the store has of them, null where it was not asked. Answers in words why it cannot be sent, null if it can.</summary>
    public static string? Secrets(CommandSpec spec, BuildPlan plan, IReadOnlyDictionary<string, SecretAnswer>? stored, out IReadOnlyDictionary<string, string> values)
    {
        var found = new Dictionary<string, string>();
        values = found;
        foreach (var name in WorkerAbilities.SecretNames(spec))
        {
            switch (SecretReader.Find(plan.SecretSources, name, stored))
            {
                case SecretAnswer.Missing missing:
                    return missing.Why;
                case SecretAnswer.NotAsked:
                    break;
                case SecretAnswer.Found { Value: var secret } when secret.Reveal().Length < ShortestSecret:
                    return $"The secret {name} has less than {ShortestSecret} characters: it could not be masked in logs.";
                case SecretAnswer.Found { Value: var secret }:
                    found[name] = secret.Reveal();
                    break;
                default:
                    throw new System.Diagnostics.UnreachableException();
            }
        }
        return null;
    }
}
