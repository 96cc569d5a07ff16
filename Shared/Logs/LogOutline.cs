namespace Weir.Shared.Logs;

/// <summary>What can be folded in a log, and what stands out in it.</summary>
public sealed record LogOutline
{
    /// <summary>More groups than this are not told, nor more errors and warnings.</summary>
    public const int Most = 20_000;

    public static LogOutline Empty { get; } = new() { Groups = [], Notes = [], IsCut = false };

    /// <summary>In the order of their first lines; one may lie in another, never across its end.</summary>
    public required IReadOnlyList<LogGroup> Groups { get; init; }

    /// <summary>Lines that call themselves an error or a warning.</summary>
    public required IReadOnlyList<LogMark> Notes { get; init; }

    /// <summary>There are more than are told here.</summary>
    public required bool IsCut { get; init; }
}

/// <summary>Lines that belong together.</summary>
/// <param name="First">The line that opens it, from 0.</param>
/// <param name="Last">The last line that belongs to it; null while it is open.</param>
/// <param name="BeganAt">Milliseconds after the command's start.</param>
/// <param name="EndedAt">… and when it ended.</param>
/// <param name="Errors">Lines in it that call themselves an error.</param>
public sealed record LogGroup(long First, long? Last, long BeganAt, long? EndedAt, int Errors);

/// <summary>Makes the outline of a log from its marks, one after the other.</summary>
public sealed class LogOutliner
{
    private sealed record Open(int Index, bool IsSection);

    private readonly List<LogGroup> _groups = [];
    private readonly List<LogMark> _notes = [];
    private readonly Stack<Open> _open = [];
    private bool _isCut;

    /// <summary>There is room for no more.</summary>
    public bool IsFull => _groups.Count >= LogOutline.Most && _notes.Count >= LogOutline.Most;

    public void Add(LogMark mark)
    {
        switch (mark.Kind)
        {
            case LogMarkKind.GroupBegin:
                // Such groups do not nest: the next one ends the one before, just above itself.
                if (_open.TryPeek(out var before) && !before.IsSection)
                    Close(mark.Line - 1, mark.At);
                Begin(mark, isSection: false);
                break;
            case LogMarkKind.SectionBegin:
                Begin(mark, isSection: true);
                break;
            case LogMarkKind.GroupEnd:
                if (_open.TryPeek(out var group) && !group.IsSection)
                    Close(mark.Line, mark.At);
                break;
            case LogMarkKind.SectionEnd:
                // A group that somebody forgot to end, ends with the section around it.
                while (_open.TryPeek(out var forgotten) && !forgotten.IsSection && _open.Any(o => o.IsSection))
                    Close(mark.Line, mark.At);
                if (_open.TryPeek(out var section) && section.IsSection)
                    Close(mark.Line, mark.At);
                break;
            case LogMarkKind.Error or LogMarkKind.Warning:
                Note(mark);
                break;
        }
    }

    public LogOutline Outline() => new() { Groups = _groups, Notes = _notes, IsCut = _isCut };

    private void Begin(LogMark mark, bool isSection)
    {
        if (_groups.Count >= LogOutline.Most)
        {
            _isCut = true;
            return;
        }
        _open.Push(new(_groups.Count, isSection));
        _groups.Add(new(mark.Line, null, mark.At, null, 0));
    }

    private void Close(long line, long at)
    {
        var index = _open.Pop().Index;
        _groups[index] = _groups[index] with { Last = line, EndedAt = at };
    }

    private void Note(LogMark mark)
    {
        if (mark.Kind == LogMarkKind.Error)
        {
            foreach (var open in _open)
                _groups[open.Index] = _groups[open.Index] with { Errors = _groups[open.Index].Errors + 1 };
        }
        if (_notes.Count < LogOutline.Most)
            _notes.Add(mark);
        else
            _isCut = true;
    }
}
