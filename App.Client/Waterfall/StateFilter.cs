using Weir.App.Client.Parts;
using Weir.Shared.Builds;

namespace Weir.App.Client.Waterfall;

/// <summary>Builders by how they are now: their last result, and whether they run or wait. <c>states.ts</c> has the same.</summary>
public static class StateFilter
{
    /// <summary>What can be asked for, with its words.</summary>
    public static IReadOnlyList<(string Value, string Words)> Choices { get; } =
    [
        ("red", "red"), ("attention", "red, running or waiting"), ("running", "running"), ("waiting", "waiting"),
        ("success", "success"), ("warnings", "warnings"), ("failure", "failure"), ("exception", "exception"), ("retry", "retry"), ("cancelled", "cancelled"), ("skipped", "skipped"),
    ];

    /// <summary>All that is true of a builder.</summary>
    public static IReadOnlyList<string> States(BuilderSummary builder)
    {
        var states = new List<string>();
        if (builder.Last is { } last)
            states.Add(ShownStates.Of(last).Word());
        if (builder.Running.Count > 0)
            states.Add("running");
        if (builder.Waiting > 0)
            states.Add("waiting");
        return states;
    }

    public static bool Matches(string? wanted, BuilderSummary builder) => wanted is null || Meant(wanted).Intersect(States(builder)).Any();

    public static IReadOnlyList<string> Meant(string wanted) => wanted switch
    {
        "red" => ["failure", "exception"],
        "attention" => ["failure", "exception", "running", "waiting"],
        _ => [wanted],
    };
}
