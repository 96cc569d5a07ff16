using Weir.Engine.Configuration.Expressions;
using Weir.Shared.Protocol;

namespace Weir.Engine.Steps;

/// <summary>The environment of a command: values that are known now, and texts whose secrets are filled in where the command runs.</summary>
public sealed class CommandVariables
{
    private readonly Dictionary<string, string?> values = [];
    private readonly Dictionary<string, IReadOnlyList<TextPart>> secrets = [];

    public IReadOnlyDictionary<string, string?> Values => values;
    public IReadOnlyDictionary<string, IReadOnlyList<TextPart>> Secrets => secrets;

    /// <summary>Later ones of a name win.</summary>
    /// <exception cref="ExpressionException">An expression cannot be evaluated.</exception>
    public void Set(string name, string text, EvaluationContext context)
    {
        var template = Template.Parse(text);
        values.Remove(name);
        secrets.Remove(name);
        if (template.HasSecrets)
            secrets[name] = template.Parts(context);
        else
            values[name] = template.Text(context);
    }

    /// <summary>A value as it is.</summary>
    public void Give(string name, string value) => values[name] = value;

    /// <summary>Those that carry the values of a shell text's expressions.</summary>
    public void Add(ShellText shell)
    {
        foreach (var (name, value) in shell.Env)
            values[name] = value;
        foreach (var (name, secret) in shell.Secrets)
            secrets[name] = [new(null, secret)];
    }
}
