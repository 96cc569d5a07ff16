using System.Globalization;
using System.Text;

namespace Weir.Cli.Connection;

/// <summary>An address with its query; what is null is left out.</summary>
internal sealed class Query(string path)
{
    private readonly StringBuilder text = new(path);
    private char joint = path.Contains('?', StringComparison.Ordinal) ? '&' : '?';

    public string Path => text.ToString();

    public Query With(string name, string? value)
    {
        if (value is null)
            return this;
        text.Append(joint).Append(name).Append('=').Append(Uri.EscapeDataString(value));
        joint = '&';
        return this;
    }

    public Query With(string name, long? value) => With(name, value?.ToString(CultureInfo.InvariantCulture));
}
