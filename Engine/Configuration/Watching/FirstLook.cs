namespace Weir.Engine.Configuration.Watching;

/// <summary>Whether the files a master was started with have been looked at. Before that it serves an older configuration than it was given, or none, and is not ready.</summary>
public sealed class FirstLook(ConfigurationSourceOptions options, TimeProvider time)
{
    /// <summary>Pages are of use also beside files that nobody can read to the end, on a folder of another machine say.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly long began = time.GetTimestamp();
    private volatile bool looked = options.Path is null;

    /// <summary>Whatever came of it: files that are refused leave in force what was.</summary>
    public bool IsOver => looked || time.GetElapsedTime(began) > Patience;

    internal void Looked() => looked = true;
}
