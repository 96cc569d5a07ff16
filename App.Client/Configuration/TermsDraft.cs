using Microsoft.AspNetCore.Http;
using Weir.Shared;
using Weir.Shared.Configuration;

namespace Weir.App.Client.Configuration;

/// <summary>When a configuration shall come in force, as a form has it.</summary>
public sealed record TermsDraft
{
    public const string WhenField = ":when";
    public const string BuildersField = ":idle";
    public const string SpanField = ":deadline";
    public const string AfterField = ":after";
    public const string WaitingField = ":waiting";
    public const string IdlePath = "when_idle";
    public const string Idle = "idle";
    public const string Now = "now";

    /// <summary>What can be chosen for how long it waits.</summary>
    public static IReadOnlyList<(string Value, string Words, double Hours)> Spans { get; } = [("1h", "1 hour", 1), ("4h", "4 hours", 4), ("12h", "12 hours", 12), ("1d", "1 day", 24), ("3d", "3 days", 72), ("1w", "1 week", 168)];

    private const int MostBuilders = 1000;

    public string When { get; init; } = "";
    public string Builders { get; init; } = "";
    public string Span { get; init; } = "";
    public string After { get; init; } = "";
    public string Waiting { get; init; } = "";

    /// <summary>Something was chosen.</summary>
    public bool IsSaid => When.Length > 0 || Waiting.Length > 0;

    /// <summary>Who must be idle; nobody named: all.</summary>
    private string[] Names => [.. Builders.Split([' ', ',', '\n', '\r', '\t'], StringSplitOptions.RemoveEmptyEntries).Distinct()];

    /// <summary>By field.</summary>
    public IReadOnlyList<FieldProblem> Problems { get; init; } = [];

    /// <summary>With what only the configuration could tell: a builder that is none.</summary>
    /// <param name="found">What is wrong, each with its place as REST calls it.</param>
    public TermsDraft With(IEnumerable<(string? Path, string Message)> found) =>
        this with { Problems = [.. Problems, .. found.Where(f => f.Path == IdlePath).Select(f => new FieldProblem(BuildersField, f.Message))] };

    public static TermsDraft Of(IFormCollection posted) => Of(f => posted[f].ToString());

    public static TermsDraft Of(Func<string, string> posted)
    {
        var draft = new TermsDraft { When = posted(WhenField), Builders = posted(BuildersField).Trim(), Span = posted(SpanField), After = posted(AfterField), Waiting = posted(WaitingField) };
        var problems = new List<FieldProblem>();
        if (draft.When is not ("" or Idle or Now))
            problems.Add(new(WhenField, "One of the offered words is expected."));
        if (draft.Names.Length > MostBuilders)
            problems.Add(new(BuildersField, $"At most {MostBuilders} names are expected; none means all."));
        if (draft.After is not ("" or "drop"))
            problems.Add(new(AfterField, "One of the offered words is expected."));
        if (draft.Waiting is not ("" or "cancel"))
            problems.Add(new(WaitingField, "One of the offered words is expected."));
        if (draft.Span.Length > 0 && Spans.All(s => s.Value != draft.Span))
            problems.Add(new(SpanField, $"One of these is expected: {string.Join(", ", Spans.Select(s => s.Value))}; or nothing."));
        return draft with { Problems = problems };
    }

    /// <summary>What it asks for, if it is sent now.</summary>
    public ApplyTerms Terms(DateTimeOffset now) => Time(now) with { CancelsWaiting = Waiting == "cancel" };

    private ApplyTerms Time(DateTimeOffset now) => When switch
    {
        Now => new() { Now = true },
        Idle => new()
        {
            WhenIdle = Names,
            Deadline = Spans.FirstOrDefault(s => s.Value == Span) is { Hours: > 0 and var hours } ? now.AddHours(hours) : null,
            AtDeadline = After == "drop" ? AtDeadline.Drop : AtDeadline.Enforce,
        },
        _ => ApplyTerms.None,
    };

    public string? Problem(string field) => Problems.Where(p => p.Field == field).Select(p => p.Message).FirstOrDefault();
}
