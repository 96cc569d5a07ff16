using System.Globalization;
using Weir.Shared;

namespace Weir.App.Server.Api;

/// <summary>The query of a request that is no list: each name is known or a problem, each value is understood or a problem.</summary>
internal sealed class Given(IQueryCollection query)
{
    private readonly List<FieldProblem> _problems = [];
    private readonly List<string> _known = [];

    public long Whole(string name, long otherwise, long most = long.MaxValue, long least = 0)
    {
        if (!Text(name, out var text))
            return otherwise;
        if (long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most)
            return number;
        Wrong(name, string.Create(CultureInfo.InvariantCulture, $"A whole number from {least} to {most} is expected."));
        return otherwise;
    }

    public bool Flag(string name, bool otherwise = false)
    {
        if (!Text(name, out var text))
            return otherwise;
        if (RestQuery.Boolean(text) is { } value)
            return value;
        Wrong(name, "\"true\" or \"false\" is expected.");
        return otherwise;
    }

    public string? Text(string name) => Text(name, out var text) ? text : null;

    public void Wrong(string name, string message) => _problems.Add(new(name, message));

    /// <summary>What was wrong, asked when all names have been taken; null if nothing was.</summary>
    public IResult? Problem()
    {
        foreach (var name in query.Keys.Except(_known))
            Wrong(name, $"Not known here. Possible: {string.Join(", ", _known)}.");
        return _problems.Count == 0 ? null : Problems.Invalid([.. _problems]);
    }

    private bool Text(string name, out string text)
    {
        _known.Add(name);
        text = "";
        if (!query.TryGetValue(name, out var values))
            return false;
        if (values.Count == 1)
            text = values[0] ?? "";
        else
            Wrong(name, "Given once is expected.");
        return values.Count == 1;
    }
}
