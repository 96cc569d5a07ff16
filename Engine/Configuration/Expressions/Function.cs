namespace Weir.Engine.Configuration.Expressions;

/// <summary>A function of the language: its name, how many arguments it takes, and what it does. Those without <see cref="Apply"/> are evaluated by the evaluator itself.</summary>
internal sealed record Function(string Name, int Least, int Most, Func<Evaluator, IReadOnlyList<Value>, int, Value>? Apply, bool Status = false)
{
    private static readonly Function[] Table =
    [
        new("contains", 2, 2, Functions.Contains),
        new("startsWith", 2, 2, (_, a, _) => Value.Of(a.All(v => v.IsPlain) && Values.ToText(a[0]).StartsWith(Values.ToText(a[1]), StringComparison.OrdinalIgnoreCase))),
        new("endsWith", 2, 2, (_, a, _) => Value.Of(a.All(v => v.IsPlain) && Values.ToText(a[0]).EndsWith(Values.ToText(a[1]), StringComparison.OrdinalIgnoreCase))),
        new("format", 1, 64, Functions.Format),
        new("join", 1, 2, Functions.Join),
        new("toJSON", 1, 1, (e, a, at) => e.Text(Values.ToJsonText(a[0], indented: true), at)),
        new("fromJSON", 1, 1, Functions.FromJson),
        new("matches", 2, 2, Functions.Matches),
        new("any", 2, 2, null),
        new("all", 2, 2, null),
        new("success", 0, 0, (e, _, _) => Value.Of(e.Context.Succeeded), Status: true),
        new("failure", 0, 0, (e, _, _) => Value.Of(e.Context.Failed), Status: true),
        new("cancelled", 0, 0, (e, _, _) => Value.Of(e.Context.Cancelled), Status: true),
        new("always", 0, 0, (_, _, _) => Value.Of(true), Status: true),
    ];

    public static IEnumerable<string> Names => Table.Select(f => f.Name);

    /// <summary><c>any</c> and <c>all</c>: the second argument is evaluated for each item of the first.</summary>
    public bool BindsItem => Apply is null;

    /// <summary>As in GitHub's language, the case of a function's name does not matter.</summary>
    public static Function? Find(string name) => Array.Find(Table, f => f.Name.Equals(name, StringComparison.OrdinalIgnoreCase));

    public string Arity => (Least, Most) switch
    {
        (0, 0) => "no arguments",
        (1, 1) => "one argument",
        (2, 2) => "two arguments",
        (1, 2) => "one or two arguments",
        _ => $"{Least} to {Most} arguments",
    };
}
