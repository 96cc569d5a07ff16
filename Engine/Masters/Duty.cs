using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Weir.Engine.Storage;

namespace Weir.Engine.Masters;

/// <summary>
/// A background loop: <see cref="RunOnce"/> runs when one of its topics is signalled, when the time it asked for has come, and never twice at once. An error of the store is
/// waited out; any other is logged and the loop goes on after a pause, so no loop dies in silence.
/// </summary>
public abstract partial class Duty(Wakeups wakeups, TimeProvider time, ILogger logger, params string[] topics) : BackgroundService
{
    private static readonly TimeSpan PauseAfterError = TimeSpan.FromSeconds(1);

    /// <summary>One pass. Answers when it wants the next one at the latest; null: when it is signalled.</summary>
    protected abstract Task<TimeSpan?> RunOnce(CancellationToken cancellation);

    /// <summary>How long it does nothing after a pass that took so long; what is signalled meanwhile is kept for the next one.</summary>
    protected virtual TimeSpan RestAfter(TimeSpan took) => TimeSpan.Zero;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var news = wakeups.Subscribe(topics);
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                var began = time.GetTimestamp();
                var next = await RunOnce(stoppingToken);
                var took = time.GetElapsedTime(began);
                DutyMeters.Done(GetType().Name, took);
                var rest = RestAfter(took);
                if (rest > TimeSpan.Zero)
                    await Task.Delay(rest, time, stoppingToken);
                await news.Wait(next - rest, stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e) when (Database.IsUnavailable(e))
            {
                DutyMeters.StoreAway(GetType().Name);
                LogStoreAway(GetType().Name, e.Message);
                await Pause(stoppingToken);
            }
#pragma warning disable CA1031 // The border of a loop: whatever went wrong, the next pass starts from the store.
            catch (Exception e)
#pragma warning restore CA1031
            {
                DutyMeters.Failed(GetType().Name);
                LogFailed(e, GetType().Name);
                await Pause(stoppingToken);
            }
        }
    }

    private Task Pause(CancellationToken cancellation) => Task.Delay(PauseAfterError, time, cancellation).ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Duty}: the store is away ({Message}); trying again.")]
    private partial void LogStoreAway(string duty, string message);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Duty} failed; its next pass starts from the store.")]
    private partial void LogFailed(Exception e, string duty);
}
