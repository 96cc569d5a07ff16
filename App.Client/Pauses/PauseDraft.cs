using Weir.Shared;
using Weir.Shared.Pauses;

namespace Weir.App.Client.Pauses;

/// <summary>A pause as a form has it: in the address while it is looked at, in the posted fields when it begins.</summary>
public sealed record PauseDraft
{
    public const string WhatField = "what";
    public const string ReasonField = "reason";
    public const string SpanField = "for";

    /// <summary>Every thing that can be named here, and no more in one form.</summary>
    public const int MostSubjects = 200;

    /// <summary>What can be chosen for how long, in hours; none: until somebody ends it.</summary>
    public static IReadOnlyList<(string Value, string Words, double Hours)> Spans { get; } =
        [("30m", "for 30 minutes", 0.5), ("1h", "for 1 hour", 1), ("4h", "for 4 hours", 4), ("12h", "for 12 hours", 12), ("1d", "for 1 day", 24), ("3d", "for 3 days", 72), ("1w", "for 1 week", 168)];

    /// <summary>As they were typed: <c>builder lib</c>, <c>everything</c>.</summary>
    public IReadOnlyList<string> What { get; init; } = [];
    public string Reason { get; init; } = "";
    public string Span { get; init; } = "";
    public IReadOnlyList<PauseSubject> Subjects { get; init; } = [];
    public IReadOnlyList<FieldProblem> Problems { get; init; } = [];

    /// <summary>Reads what was typed.</summary>
    public static PauseDraft Of(IEnumerable<string?> what, string? reason, string? span)
    {
        var typed = what.Select(w => w?.Trim() ?? "").Where(w => w.Length > 0).Distinct(StringComparer.Ordinal).ToList();
        var problems = new List<FieldProblem>();
        var subjects = new List<PauseSubject>();
        foreach (var text in typed.Take(MostSubjects))
        {
            if (Parse(text) is { } subject)
                subjects.Add(subject);
            else
                problems.Add(new(WhatField, $"\"{text}\" is not understood: a worker, builder, scheduler or project with its name is expected, as in \"builder lib\", or \"everything\"."));
        }
        if (typed.Count == 0)
            problems.Add(new(WhatField, "Name what to pause."));
        if (typed.Count > MostSubjects)
            problems.Add(new(WhatField, $"At most {MostSubjects} things can be named at once."));
        if (span is { Length: > 0 } && Spans.All(s => s.Value != span))
            problems.Add(new(SpanField, $"One of these is expected: {string.Join(", ", Spans.Select(s => s.Value))}; or nothing."));
        return new() { What = typed, Reason = reason?.Trim() ?? "", Span = span ?? "", Subjects = subjects, Problems = problems };
    }

    /// <summary>Those of its subjects that there are not are problems of it.</summary>
    public PauseDraft Among(IReadOnlyCollection<PauseSubject> known) => this with
    {
        Problems = [.. Problems, .. Subjects.Where(s => s.Kind != PauseKind.Everything && !known.Contains(s)).Select(s => new FieldProblem(WhatField, $"There is no {s.InWords}."))],
    };

    /// <summary>What it asks for, if it begins now.</summary>
    public NewPause Begin(DateTimeOffset now) => new(Subjects, Reason.Length > 0 ? Reason : null, Spans.FirstOrDefault(s => s.Value == Span) is { Hours: > 0 and var hours } ? now.AddHours(hours) : null);

    private static PauseSubject? Parse(string text)
    {
        if (text.Equals("everything", StringComparison.OrdinalIgnoreCase))
            return PauseSubject.Everything;
        var space = text.IndexOf(' ', StringComparison.Ordinal);
        return space > 0 && char.IsAsciiLetter(text[0]) && Enum.TryParse<PauseKind>(text[..space], ignoreCase: true, out var kind) && kind != PauseKind.Everything && text[space..].Trim() is { Length: > 0 } name
            ? new(kind, name)
            : null;
    }
}
