using System.Globalization;
using Weir.Shared;
using Weir.Worker.Journal;
using Weir.Worker.Keeper;

namespace Weir.Worker.Presence;

/// <summary><c>weir-worker status|away|back|logs</c>: what the owner of a machine says to, and hears from, the worker of a directory.</summary>
internal sealed class OwnerCommands(WorkDirectory work, TextWriter output, TextWriter errors, TimeProvider time)
{
    private const int LongestReason = 500;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    public async Task<int> Status(CancellationToken cancellation)
    {
        if (IsStranger() || !FileLock.IsTaken(work.AgentLock))
            return await NotRunning(IsStranger() ? null : new OwnerPresence(work, time).Now);
        if (await Ask(new() { Do = OwnerVerb.Status }, cancellation) is not { Status: { } status })
            return ExitCodes.Failed;
        await Tell(status);
        return ExitCodes.Good;
    }

    public async Task<int> Away(string? until, string? reason, CancellationToken cancellation)
    {
        DateTimeOffset? end = null;
        if (until is not null && (end = Until.Read(until, time)) is null)
            return await Usage($"--until: \"{until}\" is no moment; 2h, 18:00 or 2026-12-24T18:00 was expected.");
        if (end <= time.GetUtcNow())
            return await Usage($"--until: {until} is over already.");
        return await Say(OwnerVerb.Away, new(Clean(reason), end), cancellation);
    }

    public Task<int> Back(CancellationToken cancellation) => Say(OwnerVerb.Back, null, cancellation);

    public async Task<int> Logs(int lines, CancellationToken cancellation)
    {
        if (IsStranger() || !FileLock.IsTaken(work.AgentLock))
            return await NotRunning(null);
        if (await Ask(new() { Do = OwnerVerb.Logs, Lines = lines }, cancellation) is not { Lines: { } log })
            return ExitCodes.Failed;
        foreach (var line in log)
            await output.WriteLineAsync(line);
        return ExitCodes.Good;
    }

    private async Task<int> Say(OwnerVerb verb, Absence? away, CancellationToken cancellation)
    {
        if (IsStranger())
            return await Usage($"{work.Root} is not the directory of a worker; name it with --work.");
        // One that does not run finds it when it starts.
        if (!FileLock.IsTaken(work.AgentLock))
        {
            if (new OwnerPresence(work, time).Say(away) is { } wrong)
                return await NotKept(wrong);
            await output.WriteLineAsync($"No worker runs in {work.Root}. {(away is null ? "It takes builds when it starts." : $"When it starts it is away{Ending(away)}.")}");
            return ExitCodes.Good;
        }
        if (await Ask(new() { Do = verb, Away = away }, cancellation) is not { Status: { } status } news)
            return ExitCodes.Failed;
        if (news.Trouble is { } trouble)
            return await NotKept(trouble);
        await output.WriteLineAsync(away is null ? "It takes builds again." : $"It is away{Ending(away)}: nothing new is begun.{Running(status.Builds.Count)}");
        if (status.Master is null)
            await output.WriteLineAsync("No master is in reach; it is told at the next contact.");
        return ExitCodes.Good;
    }

    private async Task<int> NotKept(string trouble)
    {
        await errors.WriteLineAsync(trouble);
        return ExitCodes.Failed;
    }

    private async Task<OwnerNews?> Ask(OwnerOrder order, CancellationToken cancellation)
    {
        if (LocalSocket.TryConnect(work, LocalSocket.Agent) is { } socket)
        {
            await using var lines = new JsonLines<OwnerOrder, OwnerNews>(socket, OwnerJson.Default.OwnerOrder, OwnerJson.Default.OwnerNews);
            using var limit = new CancellationTokenSource(Patience, time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellation);
            lines.Send(order);
            try
            {
                if (await lines.Receive(either.Token) is { } news)
                    return news;
            }
            catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
            {
                // said below
            }
        }
        await errors.WriteLineAsync($"The worker in {work.Root} does not answer: it has just begun, or is of an earlier release.");
        return null;
    }

    private async Task Tell(OwnerStatus status)
    {
        await output.WriteLineAsync($"{status.Name}: {status.State}{(status.Away is { } away ? Ending(away) + (away.Reason is { } why ? $" ({why})" : "") : "")}");
        await output.WriteLineAsync(status.Master is { } master ? $"  master   {master} at {status.Address}, since {Local(status.ConnectedSince!.Value)}" : $"  master   none: {status.Trouble}");
        foreach (var build in status.Builds)
            await output.WriteLineAsync($"  builds   {build.Directory}, since {Local(build.Since)}");
        foreach (var directory in status.Shared)
            await output.WriteLineAsync($"  shared   {SharedWords.Of(directory, time)}");
        await output.WriteLineAsync($"  version  {status.Version}, process {status.Process}, in {status.Root}");
        if (status.Page is { } page)
            await output.WriteLineAsync($"  page     {page}");
    }

    private async Task<int> NotRunning(Absence? away)
    {
        await output.WriteLineAsync($"No worker runs in {work.Root}.{(away is null ? "" : $" When it starts it is away{Ending(away)}.")}");
        return ExitCodes.Failed;
    }

    private async Task<int> Usage(string complaint)
    {
        await errors.WriteLineAsync(complaint);
        return ExitCodes.Usage;
    }

    private bool IsStranger() => !Directory.Exists(work.State);

    private string Ending(Absence away) => away.Until is { } until ? $" until {Local(until)}" : "";

    private string Local(DateTimeOffset at) => TimeZoneInfo.ConvertTime(at, time.LocalTimeZone).ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture);

    private static string Running(int builds) => builds == 0 ? "" : $" {builds} {(builds == 1 ? "command goes" : "commands go")} on.";

    /// <summary>A reason as others will read it: one line, not too long.</summary>
    public static string? Clean(string? reason)
    {
        var line = string.Concat((reason ?? "").Select(c => char.IsControl(c) ? ' ' : c)).Trim();
        return line.Length == 0 ? null : line[..Math.Min(line.Length, LongestReason)];
    }
}
