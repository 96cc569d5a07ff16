using System.Diagnostics;
using System.Threading.Channels;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Weir.Engine.Configuration.Revisions;
using Weir.Engine.Configuration.Sources;
using Weir.Engine.Storage;
using Weir.Shared.Configuration;
using Weir.Shared.Identity;

namespace Weir.Engine.Configuration.Watching;

/// <summary>
/// Applies the admin's files at start and whenever they change and have been quiet for a moment. Says each problem as <c>part:line:column: path: message</c>; files that are
/// gone or half written are said and not applied. What was in force stays in force.
/// </summary>
internal sealed partial class ConfigurationWatcher(ConfigurationSourceOptions options, RevisionActions actions, FirstLook first, TimeProvider time, ILogger<ConfigurationWatcher> logger) : BackgroundService
{
    private static readonly Actor Self = Actor.Weir("configuration file");
    private readonly ConfigurationSource source = new(options.Path ?? throw new ArgumentException("There is no path to watch.", nameof(options)));
    private readonly Channel<bool> bell = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private string? applied;
    private string? said;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var watcher = Watch();
        try
        {
            while (true)
            {
                if (await RunOnce(stoppingToken))
                    first.Looked();
                await WaitForChange(stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
        }
    }

    /// <summary>Applies the files if they differ from what was applied last. False: the store was away, so it is not known what comes of them.</summary>
    internal async Task<bool> RunOnce(CancellationToken cancellation)
    {
        try
        {
            var fingerprint = source.Fingerprint();
            if (fingerprint == applied)
                return true;
            var content = await source.Read(cancellation);
            if (content.Trouble is { } trouble)
            {
                Say(trouble, LogNotApplied);
                return true;
            }
            var given = ContentHash.Of(content.Parts);
            // At the start of a master: files that nobody has touched do not undo what was restored since.
            if (applied is null && content.Problems.Count == 0 && await actions.ReplacedSince(given, cancellation) is { } standing)
                LogReplaced(standing);
            else
                await Apply(content, given, cancellation);
            applied = fingerprint;
            said = null;
        }
        catch (Exception e) when (Database.IsUnavailable(e) || e is CommitUnknownException)
        {
            LogStoreAway(e.Message);
            return false;
        }
#pragma warning disable CA1031 // The border of a loop: an error of one attempt must not end the watching.
        catch (Exception e) when (e is not OperationCanceledException)
#pragma warning restore CA1031
        {
            LogFailed(e);
        }
        return true;
    }

    private async Task Apply(SourceContent content, string given, CancellationToken cancellation)
    {
        var draft = new Draft([new Offer(SourceSet.File, PartOrigin.File, content.Parts) { Place = source.Path, Given = given }], content.Problems);
        var result = await actions.Apply(_ => draft, "the configuration file changed", Self, "config.apply", cancellation) ?? throw new UnreachableException();
        foreach (var problem in result.Problems)
            LogProblem(problem);
        if (!result.Accepted)
            LogRefused(result.Problems.Count);
        else if (result.HeldBecause is { } because)
            LogHeldBack(result.RevisionId ?? 0, because);
        else if (result.Changed)
            LogInForce(result.RevisionId ?? 0);
        else
            LogUnchanged(result.RevisionId ?? 0);
    }

    private async Task WaitForChange(CancellationToken cancellation)
    {
        using (var limit = new CancellationTokenSource(options.Look, time))
        using (var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellation))
        {
            try
            {
                await bell.Reader.ReadAsync(either.Token);
            }
            catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
            {
            }
        }
        // Quiet: the same twice, with a pause between.
        for (var before = source.Fingerprint(); before != applied;)
        {
            await Task.Delay(options.Quiet, time, cancellation);
            var now = source.Fingerprint();
            if (now == before)
                break;
            before = now;
        }
        bell.Reader.TryRead(out _);
    }

    private FileSystemWatcher? Watch()
    {
        try
        {
            var watcher = new FileSystemWatcher(source.Folder) { NotifyFilter = NotifyFilters.LastWrite | NotifyFilters.FileName | NotifyFilters.DirectoryName | NotifyFilters.Size };
            watcher.Changed += (_, _) => Ring();
            watcher.Created += (_, _) => Ring();
            watcher.Deleted += (_, _) => Ring();
            watcher.Renamed += (_, _) => Ring();
            watcher.Error += (_, _) => Ring();
            watcher.EnableRaisingEvents = true;
            return watcher;
        }
        catch (Exception e) when (e is IOException or ArgumentException or PlatformNotSupportedException)
        {
            LogNoNotice(e.Message, options.Look);
            return null;
        }
    }

    private void Ring() => bell.Writer.TryWrite(true);

    /// <summary>Once for each new trouble, not at each look.</summary>
    private void Say(string what, Action<string> how)
    {
        if (said == what)
            return;
        said = what;
        how(what);
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Configuration: revision {Revision} is in force.")]
    private partial void LogInForce(long revision);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Configuration: revision {Revision} is good, and not in force yet. {Because}")]
    private partial void LogHeldBack(long revision, string because);

    [LoggerMessage(Level = LogLevel.Information, Message = "Configuration: the files are what revision {Revision}, in force, was made of.")]
    private partial void LogUnchanged(long revision);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Configuration: the files are as they were when revision {Revision}, in force, was put in their place by hand; that stays until a file changes.")]
    private partial void LogReplaced(long revision);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Problem}")]
    private partial void LogProblem(ConfigurationProblem problem);

    [LoggerMessage(Level = LogLevel.Error, Message = "Configuration: refused ({Count} problems); what was in force stays in force.")]
    private partial void LogRefused(int count);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Configuration: not applied: {Trouble}. What was in force stays in force.")]
    private partial void LogNotApplied(string trouble);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Configuration: the store is away ({Message}); trying again.")]
    private partial void LogStoreAway(string message);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Configuration: the system reports no changes of files here ({Message}); looking every {Look}.")]
    private partial void LogNoNotice(string message, TimeSpan look);

    [LoggerMessage(Level = LogLevel.Error, Message = "Configuration: applying the files failed; trying again.")]
    private partial void LogFailed(Exception e);
}
