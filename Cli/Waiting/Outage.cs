using System.Diagnostics;
using Weir.Cli.Connection;
using Weir.Cli.Output;

namespace Weir.Cli.Waiting;

/// <summary>Sits out that the server or its store is away: asks again until it answers, says so once, and gives up after some minutes. Several may sit it out together.</summary>
internal sealed class Outage(RestClient client)
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);
    private readonly Lock guard = new();
    private long? since;

    public async Task<T> Sit<T>(Func<Task<T>> ask, CancellationToken cancellation)
    {
        while (true)
        {
            try
            {
                var answer = await ask();
                Answered();
                return answer;
            }
            catch (CommandException e) when (e.ExitCode == ExitCode.Unreachable)
            {
                if (Stopwatch.GetElapsedTime(Begun(e)) > Patience)
                    throw;
            }
            await Task.Delay(Pause, TimeProvider.System, cancellation);
        }
    }

    public Task Sit(Func<Task> ask, CancellationToken cancellation) => Sit(async () =>
    {
        await ask();
        return true;
    }, cancellation);

    private void Answered()
    {
        lock (guard)
        {
            if (since is not null)
                Printed.Note($"weir: {client.Server} answers again.");
            since = null;
        }
    }

    private long Begun(CommandException e)
    {
        lock (guard)
        {
            if (since is null)
                Printed.Note($"weir: {e.Message} Asking again for {Moments.Rough(Patience)}; what runs goes on meanwhile.");
            return since ??= Stopwatch.GetTimestamp();
        }
    }
}
