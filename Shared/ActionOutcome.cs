namespace Weir.Shared;

/// <summary>What came of something a person asked for. Closed: switch over its nested types.</summary>
public abstract record ActionOutcome
{
    private ActionOutcome() { }

    /// <summary>It is done (and stored). <paramref name="Id"/> is the id of what came into being, if anything did.</summary>
    public sealed record Done(long? Id = null) : ActionOutcome;

    /// <summary>It was written down and is done by the next engine that is there; this master only shows pages. <paramref name="Order"/> is its number.</summary>
    public sealed record Ordered(long Order) : ActionOutcome;

    /// <summary>There is no such thing.</summary>
    public sealed record NotFound(string What) : ActionOutcome;

    /// <summary>It is there, but in a state in which this cannot be done; the sentence says why.</summary>
    public sealed record Conflict(string Why) : ActionOutcome;

    /// <summary>The caller may not do this.</summary>
    public sealed record Forbidden(string Why) : ActionOutcome;

    /// <summary>The key under which this was asked (<see cref="Identity.ActionKey"/>) was used for something else; nothing was changed.</summary>
    public sealed record KeyReused : ActionOutcome
    {
        public const string Why = "This idempotency key was used for another request.";
    }

    /// <summary>The input is wrong; nothing was changed.</summary>
    public sealed record Invalid(IReadOnlyList<FieldProblem> Problems) : ActionOutcome;
}

/// <summary>What is wrong with one field of a form or of a REST body, and what was expected.</summary>
public sealed record FieldProblem(string Field, string Message);
