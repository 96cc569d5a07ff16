using Weir.Engine.Configuration.Expressions;
using Weir.Shared.Configuration;

namespace Weir.Engine.Steps;

/// <summary>Whether a step's turn means running it.</summary>
public static class StepCondition
{
    /// <summary>Whether it may run in a build that is halted.</summary>
    public static bool MayRunHalted(StepConfiguration step) => step.AlwaysRun || (step.If is { } text && Expression.Parse(text).MentionsStatus);

    /// <summary>
    /// A halted build runs only what is marked alwaysRun, or whose <c>if</c> asks for the status (<c>failure()</c>, <c>always()</c>, …) and is true. Otherwise <c>if</c> alone decides.
    /// A build whose worker was lost runs nothing more.
    /// </summary>
    /// <exception cref="ExpressionException">The condition cannot be evaluated.</exception>
    public static bool Runs(StepConfiguration step, bool halted, bool lost, EvaluationContext context)
    {
        if (lost)
            return false;
        var condition = step.If is null ? null : Expression.Parse(step.If);
        if (halted && !MayRunHalted(step))
            return false;
        return condition is null || condition.IsTrue(context);
    }
}
