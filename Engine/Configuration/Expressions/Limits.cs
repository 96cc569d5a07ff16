namespace Weir.Engine.Configuration.Expressions;

/// <summary>The bounds within which an expression is read and evaluated, however it was written.</summary>
internal static class Limits
{
    public const int TextLength = 10 * 1024;
    public const int Depth = 100;
    public const int Steps = 200_000;
    public const int ResultLength = 1024 * 1024;
    public const int JsonDepth = 64;
    public const int PatternLength = 1000;

    /// <summary>An environment variable of a Unix process holds 128 KiB with its name.</summary>
    public const int EnvironmentBytes = 120 * 1024;
    public const long SearchProduct = 200_000_000;

    /// <summary>A net below the other limits, which alone hold an evaluation to about 50 ms: wide enough that a master that is slow for a moment fails no build.</summary>
    public static readonly TimeSpan Time = TimeSpan.FromMilliseconds(250);
}
