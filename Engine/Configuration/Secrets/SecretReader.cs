using System.Text;
using Weir.Engine.Configuration.Format;
using Weir.Shared.Configuration;

namespace Weir.Engine.Configuration.Secrets;

/// <summary>
/// Looks a secret up in the sources that a configuration names (<see cref="WeirConfiguration.Secrets"/>), the first that has it wins. Asked each time one is needed: nothing is kept,
/// so a changed secret is in use at once.
/// </summary>
public static class SecretReader
{
    /// <summary>More than a command can be given in one variable is not taken.</summary>
    public const int MaxBytes = 120 * 1024;

    /// <summary>The source that is the store itself.</summary>
    public const string Store = "store";
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <param name="sources">Where it is looked for, in order.</param>
    /// <param name="name">The secret.</param>
    /// <param name="stored">What the store has answered (<see cref="StoredSecrets"/>); null: it was not asked.</param>
    public static SecretAnswer Find(IReadOnlyList<SecretSourceConfiguration> sources, string name, IReadOnlyDictionary<string, SecretAnswer>? stored)
    {
        ArgumentNullException.ThrowIfNull(sources);
        ArgumentNullException.ThrowIfNull(name);
        if (TextRules.SecretName(name) is { } wrong)
            return new SecretAnswer.Missing(wrong);
        foreach (var source in sources)
        {
            var answer = source.From switch
            {
                Store => stored is null ? new SecretAnswer.NotAsked() : stored.GetValueOrDefault(name),
                "directory" => FromDirectory(source.Path ?? "", name),
                _ => FromEnvironment(source.Prefix, name),
            };
            if (answer is not null)
                return answer;
        }
        return new SecretAnswer.Missing(sources.Count == 0
            ? $"The secret {name} cannot be had: the configuration names no source of secrets (key \"secrets\")."
            : $"The secret {name} cannot be had: it is in none of the sources ({string.Join(", ", sources)}).");
    }

    private static SecretAnswer? FromEnvironment(string prefix, string name) =>
        Environment.GetEnvironmentVariable(prefix + name) is { } value ? Checked(name, $"the variable {prefix}{name}", value) : null;

    private static SecretAnswer? FromDirectory(string directory, string name)
    {
        var path = Path.Combine(directory, name);
        try
        {
            if (!File.Exists(path))
                return null;
            using var file = File.OpenHandle(path);
            var bytes = new byte[MaxBytes + 1];
            var count = 0;
            while (count < bytes.Length && RandomAccess.Read(file, bytes.AsSpan(count), count) is var more and > 0)
                count += more;
            return count > MaxBytes
                ? new SecretAnswer.Missing($"The secret {name} cannot be used: the file {path} is longer than {MaxBytes / 1024} KiB.")
                : Checked(name, $"the file {path}", Strict.GetString(bytes, 0, count));
        }
        catch (DecoderFallbackException)
        {
            return new SecretAnswer.Missing($"The secret {name} cannot be used: the file {path} is not UTF-8 text.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new SecretAnswer.Missing($"The secret {name} cannot be read: {e.Message}");
        }
    }

    // The one newline at the end is the editor's, not the secret's.
    private static SecretAnswer Checked(string name, string where, string value)
    {
        var text = value.EndsWith("\r\n", StringComparison.Ordinal) ? value[..^2] : value.EndsWith('\n') ? value[..^1] : value;
        return text switch
        {
            "" => new SecretAnswer.Missing($"The secret {name} cannot be used: {where} is empty."),
            _ when text.Contains('\0', StringComparison.Ordinal) => new SecretAnswer.Missing($"The secret {name} cannot be used: {where} holds a NUL character."),
            _ => new SecretAnswer.Found(new(text)),
        };
    }
}
