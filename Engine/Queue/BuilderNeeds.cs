using System.Runtime.CompilerServices;
using Weir.Engine.Configuration.Expressions;
using Weir.Shared.Configuration;
using Weir.Shared.Protocol;

namespace Weir.Engine.Queue;

/// <summary>Which abilities a worker must have for a builder: those that one of its steps may need, whatever their conditions turn out to be.</summary>
internal static class BuilderNeeds
{
    private static readonly ConditionalWeakTable<BuilderConfiguration, IReadOnlyList<string>> Known = [];

    public static IReadOnlyList<string> Of(BuilderConfiguration builder) => Known.GetValue(builder, Find);

    /// <summary>The properties without which a request cannot become a build of it.</summary>
    public static IReadOnlyList<string> Required(BuilderConfiguration builder) => [.. builder.Properties.Where(p => p is { Required: true, Default: null }).Select(p => p.Name)];

    private static IReadOnlyList<string> Find(BuilderConfiguration builder) =>
        [.. builder.Steps.SelectMany(Of).Concat(builder.Env.Values.Any(HasSecrets) ? [WorkerAbilities.Secrets] : []).Distinct().Order(StringComparer.Ordinal)];

    private static IEnumerable<string> Of(StepConfiguration step)
    {
        if (step.InterruptSignal is not (null or "TERM"))
            yield return WorkerAbilities.Signals;
        if (step.Locks.Any(l => SharedDirectories.Of(l.Name) is not null))
            yield return WorkerAbilities.SharedDirectories;
        switch (step)
        {
            case RunStepConfiguration run:
                if (run.Logs.Count > 0)
                    yield return WorkerAbilities.FollowedLogs;
                if (run.Warnings is not null)
                    yield return WorkerAbilities.Warnings;
                if (run.Env.Values.Append(run.Shell ?? "").Any(HasSecrets))
                    yield return WorkerAbilities.Secrets;
                break;
            case GitStepConfiguration git:
                if (git.Mode is not ("incremental" or "fresh") || git.Tags || !git.Lfs)
                    yield return WorkerAbilities.GitModes;
                if (git.Credentials is { } credentials)
                {
                    yield return WorkerAbilities.GitCredentials;
                    if (credentials.SshKey is not null || credentials.Token is not null)
                        yield return WorkerAbilities.Secrets;
                }
                break;
            case SetStepConfiguration set when set.Assignments.Any(a => HasSecrets(a.Shell ?? "")):
                yield return WorkerAbilities.Secrets;
                break;
            default:
                break;
        }
    }

    private static bool HasSecrets(string text)
    {
        try
        {
            return Template.Parse(text).HasSecrets;
        }
        catch (ExpressionException)
        {
            return false; // the step will say what is wrong with it
        }
    }
}
