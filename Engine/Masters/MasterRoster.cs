using System.Diagnostics;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;
using Weir.Engine.Storage;
using Weir.Shared.Events;
using Weir.Shared.Masters;
using Weir.Shared.Protocol;

namespace Weir.Engine.Masters;

/// <summary>Registers this master under its name and keeps its heartbeat. A newer process of the same name is the master from then on; this one then ends.</summary>
internal sealed partial class MasterRoster(
    Database database, StoreClock clock, MasterOptions options, Self self, IHostApplicationLifetime lifetime, ILogger<MasterRoster> logger) : BackgroundService
{
    private sealed record Registration(long Id, long Incarnation);

    private sealed record Pulse
    {
        public DateTimeOffset Now { get; init; }
        public bool Draining { get; init; }
        public bool WasDead { get; init; }
    }

    private long id;
    private long incarnation;

    /// <summary>Runs before all other services start, so that whoever asks for <see cref="Self"/> has an answer.</summary>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        var identity = MasterIdentity.Of(options.DataDirectory);
        var row = await Named(database.Write(async unit =>
        {
            // The same data under another name is the same master, unless that one runs beside us; the same name with other data is it as well (a container starts with empty folders).
            var made = await unit.QuerySingle<Registration>("""
                UPDATE masters SET name = @Name WHERE identity = @identity AND name <> @Name AND (state = 'Stopped' OR heartbeat_at < weir_now() - interval '30 seconds')
                    AND NOT EXISTS (SELECT FROM masters WHERE name = @Name);
                INSERT INTO masters AS m (name, identity, roles, version, state, addresses, host, process_id, started_at, heartbeat_at)
                VALUES (@Name, (SELECT @identity WHERE NOT EXISTS (SELECT FROM masters WHERE identity = @identity AND name <> @Name)), @roles, @version, @state, @addresses, @host, @process, weir_now(), weir_now())
                ON CONFLICT (name) DO UPDATE SET incarnation = m.incarnation + 1, identity = excluded.identity, roles = @roles, version = @version, state = @state, addresses = @addresses,
                    host = @host, process_id = @process, started_at = weir_now(), heartbeat_at = weir_now(), retired_at = NULL,
                    drain_requested_at = NULL, drain_by = NULL, drain_reason = NULL, drain_quick = false, drain_deadline = NULL;
                UPDATE masters SET limits_incarnation = incarnation, only_builders = @builders, only_tags = @tags, sends_mail = @mails WHERE name = @Name RETURNING id, incarnation
                """, new
            {
                options.Name,
                identity,
                roles = options.Roles.ToArray(),
                version = Version,
                state = nameof(MasterState.Active),
                addresses = options.Addresses.ToArray(),
                builders = options.Limits.Names.ToArray(),
                tags = options.Limits.Tags.ToArray(),
                mails = options.SendsMail,
                host = Environment.MachineName,
                process = Environment.ProcessId,
            });
            unit.Add(new WeirEvent { Kind = EventKind.MasterChanged, MasterId = made!.Id });
            unit.Wake(WakeTopic.Masters);
            return made;
        }, cancellationToken));
        (id, incarnation) = (row.Id, row.Incarnation);
        self.Register(id, incarnation);
        LogRegistered(options.Name, id, incarnation);
        await base.StartAsync(cancellationToken);
    }

    // The store lets a master of pages take no row of an engine that runs.
    private async Task<Registration> Named(Task<Registration> registering)
    {
        try
        {
            return await registering;
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.InsufficientPrivilege && e.MessageText.Contains("row-level security", StringComparison.Ordinal))
        {
            throw new MasterNameException($"This master only shows pages, and its role in the database may not take the name {options.Name}: an engine of that name runs. Choose another by --name, or stop the engine.");
        }
    }

    /// <summary>The version of this program, as masters and workers tell it.</summary>
    public static string Version { get; } = typeof(MasterRoster).Assembly.GetName().Version?.ToString(3) ?? "0";

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await Task.Delay(options.Heartbeat, clock, stoppingToken);
                if (!await Beat(stoppingToken))
                {
                    LogReplaced(options.Name);
                    lifetime.StopApplication();
                    return;
                }
                // Of engines only engines may say that they are dead.
                if (options.IsEngine && self.SteadyFor > options.Settling)
                    await TellOfSilent(database, stoppingToken);
            }
            catch (Exception e) when (Database.IsUnavailable(e))
            {
                self.Interrupted();
                LogBeatFailed(e.Message, self.SinceBeat.TotalSeconds);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
        }
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        Crash.At("master.stopped.before");
        try
        {
            await database.Write(async unit =>
            {
                await unit.Execute("UPDATE masters SET state = @state, heartbeat_at = weir_now() WHERE id = @id AND incarnation = @incarnation", new { id, incarnation, state = nameof(MasterState.Stopped) });
                unit.Add(new WeirEvent { Kind = EventKind.MasterChanged, MasterId = id });
            }, cancellationToken);
            Crash.At("master.stopped.after");
        }
        catch (Exception e) when (Database.IsUnavailable(e))
        {
            LogBeatFailed(e.Message, self.SinceBeat.TotalSeconds);
        }
    }

    private async Task<bool> Beat(CancellationToken cancellation)
    {
        var sent = Stopwatch.GetTimestamp();
        var pulse = await database.QuerySingle<Pulse>("""
            UPDATE masters m SET heartbeat_at = weir_now(), state = CASE WHEN m.state <> 'Dead' THEN m.state WHEN m.drain_requested_at IS NULL THEN 'Active' ELSE 'Draining' END
            FROM (SELECT id, state FROM masters WHERE id = @id) was
            WHERE m.id = was.id AND m.incarnation = @incarnation RETURNING weir_now() AS now, m.state = 'Draining' AS draining, was.state = 'Dead' AS was_dead
            """, new { id, incarnation }, cancellation);
        if (pulse is null)
            return false;
        clock.Set(pulse.Now, sent);
        // A process that stood still (or hung in a query) has missed as much as one without a store.
        if (self.SinceBeat > options.Grace)
            self.Interrupted();
        self.Beat();
        if (pulse.Draining != self.Draining)
            database.Nudge([WakeTopic.Masters]);
        // The others took it for dead, and told everybody.
        if (pulse.WasDead)
            await database.Write(unit => Tell(unit, id), cancellation);
        return true;
    }

    /// <summary>A master that dies does not say so; whoever sees it first writes it down and tells everybody, once.</summary>
    internal static async Task TellOfSilent(Database database, CancellationToken cancellation)
    {
        // Nearly always nobody is silent: a transaction is begun only then.
        if ((await database.Query<long>($"SELECT m.id FROM masters m WHERE {MasterRows.IsNewlySilent}", null, cancellation)).Count == 0)
            return;
        await database.Write(async unit =>
        {
            foreach (var dead in await unit.Query<long>($"UPDATE masters m SET state = @state WHERE {MasterRows.IsNewlySilent} RETURNING m.id", new { state = nameof(MasterState.Dead) }))
                await Tell(unit, dead);
        }, cancellation);
    }

    private static Task Tell(StoreTransaction unit, long master)
    {
        unit.Add(new WeirEvent { Kind = EventKind.MasterChanged, MasterId = master });
        return Task.CompletedTask;
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Master {Name} has id {Id}, incarnation {Incarnation}.")]
    private partial void LogRegistered(string name, long id, long incarnation);

    [LoggerMessage(Level = LogLevel.Error, Message = "Another process has started as master {Name}; this one ends.")]
    private partial void LogReplaced(string name);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The heartbeat could not be written ({Message}); the last one is {Seconds:F1} s old.")]
    private partial void LogBeatFailed(string message, double seconds);
}

/// <summary>The name is another master's, and this one may not take it.</summary>
public sealed class MasterNameException(string message) : Exception(message);
