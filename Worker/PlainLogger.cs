using System.Globalization;
using Microsoft.Extensions.Logging;

namespace Weir.Worker;

/// <summary>One line per message, with the time, for a person who looks at the terminal or the file.</summary>
internal sealed class PlainLogger(TextWriter to, TimeProvider time, RecentLines? recent = null) : ILogger
{
    private readonly Lock _gate = new();

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (!IsEnabled(logLevel))
            return;
        var mark = logLevel switch { LogLevel.Warning => "warning: ", >= LogLevel.Error => "error: ", _ => "" };
        var line = string.Create(CultureInfo.InvariantCulture, $"{time.GetLocalNow():yyyy-MM-dd HH:mm:ss.fff} {mark}{formatter(state, exception)}");
        recent?.Add(exception is null ? line : $"{line}\n{exception}");
        lock (_gate)
        {
            to.WriteLine(line);
            if (exception is not null)
                to.WriteLine(exception);
            to.Flush();
        }
    }
}
