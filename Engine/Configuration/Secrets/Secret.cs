namespace Weir.Engine.Configuration.Secrets;

/// <summary>
/// A value that must not be seen. It cannot be formatted, compared or written as JSON by accident: whoever needs the text says <see cref="Reveal"/>, and hands it on at once.
/// </summary>
public sealed class Secret
{
    private readonly string value;

    internal Secret(string value) => this.value = value;

    /// <summary>The value, for the one who uses it; not to be kept, stored or logged.</summary>
    public string Reveal() => value;

    public override string ToString() => "***";
}

/// <summary>What a look for a secret gives.</summary>
public abstract record SecretAnswer
{
    private SecretAnswer() { }

    public sealed record Found(Secret Value) : SecretAnswer;

    /// <summary>The store may have it, which nobody has asked yet.</summary>
    public sealed record NotAsked : SecretAnswer;

    /// <summary>It cannot be had; why, in a sentence that names it and the places that were looked at, and never holds a value.</summary>
    public sealed record Missing(string Why) : SecretAnswer;
}
