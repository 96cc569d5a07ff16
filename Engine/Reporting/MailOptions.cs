namespace Weir.Engine.Reporting;

/// <summary>The mail server through which this master sends.</summary>
public sealed record MailOptions
{
    public required string Host { get; init; }
    public int Port { get; init; } = 587;

    /// <summary>The sender's address.</summary>
    public required string From { get; init; }

    /// <summary>Who signs in there; null: nobody.</summary>
    public string? User { get; init; }
    public string? Password { get; init; }

    /// <summary>Whether the connection must be encrypted (STARTTLS): a server that does not offer it gets nothing.</summary>
    public bool StartTls { get; init; } = true;

    /// <summary>How long one mail may take.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(30);
}
