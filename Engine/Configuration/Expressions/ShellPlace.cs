namespace Weir.Engine.Configuration.Expressions;

/// <summary>Where in a shell text an expression stands: as a word (or part of one), within double quotes, or where no value can be put safely.</summary>
internal sealed record ShellPlace(bool InDoubleQuotes, string? Refusal)
{
    private const string Env = "Give the value a name under `env:` (env: { VALUE: ${{ … }} })";

    public static ShellPlace Word { get; } = new(false, null);
    public static ShellPlace DoubleQuoted { get; } = new(true, null);
    public static ShellPlace SingleQuoted { get; } = No("Within single quotes the shell puts no values in. Close the quotes before the expression and open them after it: 'text'${{ … }}'text'.");
    public static ShellPlace HereDocument { get; } = No($"In a here-document the value could be read as a program's text. {Env} and read $VALUE in the program, or write it with printf '%s\\n' ${{{{ … }}}}.");
    public static ShellPlace Backticks { get; } = No("Within backticks the shell reads quotes differently. Write $(command) in place of `command`.");
    public static ShellPlace Arithmetic { get; } = No($"In arithmetic the shell would evaluate the value as a formula, which may run commands. {Env} and check it before it is used.");
    public static ShellPlace Parameter { get; } = No("Within ${…} of the shell an expression has no safe form. Assign it to a variable first: value=${{ … }}");
    public static ShellPlace Escaped { get; } = No("A backslash directly before an expression would undo its quoting. Remove the backslash.");
    public static ShellPlace Dollar { get; } = No("A $ directly before an expression would change its meaning. Write \\$ for the character, or remove it.");
    public static ShellPlace Program { get; } = No($"Here the value would become part of a program that is read again (eval, sh -c, ssh). {Env} and use \"$VALUE\" within single quotes: sh -c 'command \"$VALUE\"'.");
    public static ShellPlace Unclear { get; } = No($"What stands before this expression (a `case` within $(…), or \\' within $'…') is read differently by different shells, so Weir cannot be sure of the quoting. {Env} and write \"$VALUE\" here.");

    private static ShellPlace No(string why) => new(false, why);
}
