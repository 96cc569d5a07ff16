using Npgsql;
using Weir.Engine.Locks;
using Weir.Shared.Protocol;

namespace Weir.Engine.Builds;

/// <summary>The ids that the store gave to a step that begins, or goes on, to its logs and to its first command: the row that the statements of <see cref="StepStatements"/> answer.</summary>
internal sealed record BegunStep(long Step, long? Log, long? Command, string[] OtherNames, long[] OtherLogs)
{
    /// <summary>So many columns no other result of a transition has.</summary>
    public const int Columns = 5;

    /// <summary>From the result that the reader stands at. Null: nothing began.</summary>
    public static async Task<BegunStep?> Read(NpgsqlDataReader reader, CancellationToken cancellation)
    {
        if (!await reader.ReadAsync(cancellation))
            return null;
        return new(reader.GetInt64(0), await reader.IsDBNullAsync(1, cancellation) ? null : reader.GetInt64(1), await reader.IsDBNullAsync(2, cancellation) ? null : reader.GetInt64(2),
            reader.GetFieldValue<string[]>(3), reader.GetFieldValue<long[]>(4));
    }

    /// <summary>The step has its ids from now on.</summary>
    public void Tell(StepState step, CommandSpec? command, DateOnly logExpiry)
    {
        step.Id = Step;
        if (Log is { } log)
            step.Log = new(log, logExpiry, 0, 0, 0);
        foreach (var (name, other) in OtherNames.Zip(OtherLogs))
            step.OtherLogs[name] = new(other, logExpiry, 0, 0, 0);
        if (Command is { } id)
            step.Commands.Add(new(id, 0, command!, 0));
    }
}

/// <summary>What the store answers to a transition: the steps that it began (its own before that of a build which it took along), and what its own asked for.</summary>
internal sealed record TransitionAnswer(IReadOnlyList<BegunStep> Begun, IReadOnlyList<LockState.ClaimRow> Asked)
{
    public static async Task<TransitionAnswer> Read(NpgsqlDataReader reader, BuildState build, CancellationToken cancellation)
    {
        var begun = new List<BegunStep>();
        IReadOnlyList<LockState.ClaimRow> asked = [];
        do
        {
            if (reader.FieldCount == LockStatements.AskedColumns)
                asked = await LockStatements.ReadAsked(reader, build, cancellation);
            else if (reader.FieldCount == BegunStep.Columns && await BegunStep.Read(reader, cancellation) is { } step)
                begun.Add(step);
        }
        while (await reader.NextResultAsync(cancellation));
        return new(begun, asked);
    }
}
