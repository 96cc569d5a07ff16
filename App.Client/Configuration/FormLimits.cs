namespace Weir.App.Client.Configuration;

/// <summary>How much a form of the configuration may hold.</summary>
public static class FormLimits
{
    /// <summary>Bytes: a text of 8 MiB, which is as long as one may be, each byte of which a form may send as three, and the other fields.</summary>
    public const int Largest = 25 * 1024 * 1024;
}
