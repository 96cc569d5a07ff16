using Weir.Worker.Journal;
using Weir.Worker.Keeper;

namespace Weir.Worker.Presence;

/// <summary><c>weir-worker stop</c>: tells the worker of a directory to go, and waits until it has gone.</summary>
internal sealed class StopCommand(WorkDirectory work, TextWriter output, TextWriter errors, TimeProvider time)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    public async Task<int> Run(OwnerVerb verb, bool wait, CancellationToken cancellation)
    {
        if (!Directory.Exists(work.State))
        {
            await errors.WriteLineAsync($"{work.Root} is not the directory of a worker; name it with --work.");
            return ExitCodes.Usage;
        }
        if (!IsRunning())
        {
            await output.WriteLineAsync($"No worker runs in {work.Root}.");
            return ExitCodes.Good;
        }
        if (LocalSocket.TryConnect(work, LocalSocket.Agent) is not { } socket)
        {
            await errors.WriteLineAsync($"The worker in {work.Root} does not listen: it has just begun, or is of an earlier release. Ask again, or end it with TERM.");
            return ExitCodes.Failed;
        }
        await using var lines = new JsonLines<OwnerOrder, OwnerNews>(socket, OwnerJson.Default.OwnerOrder, OwnerJson.Default.OwnerNews);
        lines.Send(new() { Do = verb });
        if (await Answer(lines, cancellation) is { } news)
            await output.WriteLineAsync(Words(verb, news.Running));
        else if (IsRunning())
        {
            await errors.WriteLineAsync($"The worker in {work.Root} does not answer.");
            return ExitCodes.Failed;
        }
        return wait ? await Gone(lines, cancellation) : ExitCodes.Good;
    }

    private async Task<OwnerNews?> Answer(JsonLines<OwnerOrder, OwnerNews> lines, CancellationToken cancellation)
    {
        using var limit = new CancellationTokenSource(Patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellation);
        try
        {
            return await lines.Receive(either.Token);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return null;
        }
    }

    // The connection ends with the agent, a moment before its lock.
    private async Task<int> Gone(JsonLines<OwnerOrder, OwnerNews> lines, CancellationToken cancellation)
    {
        try
        {
            while (await lines.Receive(cancellation) is not null)
            {
                // until the agent ends
            }
            var ended = time.GetTimestamp();
            while (IsRunning())
            {
                if (time.GetElapsedTime(ended) > Patience)
                {
                    await errors.WriteLineAsync($"A worker still runs in {work.Root}; was it started again?");
                    return ExitCodes.Failed;
                }
                await Task.Delay(TimeSpan.FromMilliseconds(50), time, cancellation);
            }
        }
        catch (OperationCanceledException)
        {
            await output.WriteLineAsync("Not waiting any longer; the worker goes on finishing.");
            return ExitCodes.Failed;
        }
        await output.WriteLineAsync("It has gone.");
        return ExitCodes.Good;
    }

    private bool IsRunning() => FileLock.IsTaken(work.AgentLock);

    private static string Words(OwnerVerb verb, int running) => (verb, running) switch
    {
        (OwnerVerb.Finish, 0) => "The worker takes nothing new, finishes what its masters have begun on it, and goes.",
        (OwnerVerb.Finish, _) => $"The worker takes nothing new, finishes what its masters have begun on it ({running} {(running == 1 ? "command runs" : "commands run")}), and goes.",
        (_, 0) => "The worker goes.",
        _ => $"The worker goes. {running} {(running == 1 ? "command runs" : "commands run")} on and will be taken up when it starts again.",
    };
}
