using Weir.Shared.Protocol;

namespace Weir.Worker.Commands;

/// <summary>The two time-outs of a command, by the monotonic clock. They stand still while nobody reads the output.</summary>
internal sealed class Deadlines(TimeProvider time, long? timeoutMs, long? maxTimeMs)
{
    private long _began = time.GetTimestamp();
    private long _output = time.GetTimestamp();
    private long? _stoppedAt;
    private TimeSpan _stood;
    private TimeSpan _stoodAtOutput;

    /// <summary>The command begins only now: it had to wait.</summary>
    public void Begin()
    {
        _began = _output = time.GetTimestamp();
        _stood = _stoodAtOutput = TimeSpan.Zero;
    }

    /// <summary>There was output just now.</summary>
    public void Output() => (_output, _stoodAtOutput) = (time.GetTimestamp(), _stood);

    /// <summary>Nobody reads: the clocks stand.</summary>
    public void Stand() => _stoppedAt ??= time.GetTimestamp();

    /// <summary>Reading goes on.</summary>
    public void GoOn()
    {
        if (_stoppedAt is { } since)
            _stood += time.GetElapsedTime(since);
        _stoppedAt = null;
    }

    /// <summary>The time-out that has run out, with the reason in words.</summary>
    public (EndKind Kind, string Reason)? Expired => this switch
    {
        _ when _stoppedAt is not null => null,
        _ when Left(maxTimeMs, _began, TimeSpan.Zero) <= TimeSpan.Zero => (EndKind.MaxTime, $"It ran for more than {InWords(maxTimeMs)} in all."),
        _ when Left(timeoutMs, _output, _stoodAtOutput) <= TimeSpan.Zero => (EndKind.TimedOut, $"There was no output for {InWords(timeoutMs)}."),
        _ => null,
    };

    /// <summary>How long until one runs out; null: never, or not while nobody reads.</summary>
    public TimeSpan? Next
    {
        get
        {
            if (_stoppedAt is not null)
                return null;
            var max = Left(maxTimeMs, _began, TimeSpan.Zero);
            var quiet = Left(timeoutMs, _output, _stoodAtOutput);
            return max is null || quiet < max ? quiet : max;
        }
    }

    private TimeSpan? Left(long? limit, long since, TimeSpan stoodBefore) =>
        limit is { } ms ? TimeSpan.FromMilliseconds(Math.Min(ms, int.MaxValue * 1000L)) - (time.GetElapsedTime(since) - (_stood - stoodBefore)) : null;

    private static string InWords(long? ms) => Durations.InWords(TimeSpan.FromMilliseconds(ms ?? 0));
}
