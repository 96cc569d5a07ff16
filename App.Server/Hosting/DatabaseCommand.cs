using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Weir.Engine.Storage;

namespace Weir.App.Server.Hosting;

/// <summary><c>App.Server db …</c>: the store without a master, for the hour in which none runs. Reads only, but for <c>migrate</c>, <c>contract</c> and <c>roles</c> (decision 0014).</summary>
internal static class DatabaseCommand
{
    public const string Help = """
        App.Server db COMMAND [--data DIR] [--json]     looks after the store when no master runs, or beside those that do

          status       schema, sizes, open work, sessions
          check        whether the rows fit together (exit code 1 if not)
          migrate      brings the schema to this version, as a starting engine would; nothing is taken away
          contract     takes away what only older versions need; refused while a master of another version lives
          roles        makes or refreshes two database roles without a login: --engine NAME (weir_engine), which owns the schema, and --ui NAME (weir_ui), which has
                       only the rights that masters of pages need; --ui-login NAME also makes a login of the latter, with the password in WEIR_LOGIN_PASSWORD
          dump-info    the command that saves the store, and how big it is

        The store is the one that a master with the same settings would use: ConnectionStrings__Weir (and Store__Schema), else the private one in DIR.

          ConnectionStrings__Weir='Host=db;Username=weir;Database=weir' App.Server db status
          App.Server db migrate --data /var/lib/weir
        """;

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static async Task<int> Run(string[] arguments, CancellationToken cancellation)
    {
        if (arguments is not [var command and ("status" or "check" or "migrate" or "contract" or "roles" or "dump-info"), .. var rest])
            throw new HostException($"db: status, check, migrate, contract, roles or dump-info is expected{(arguments.Length > 0 ? $", not \"{arguments[0]}\"" : "")}. App.Server db --help says more.", HostException.Usage);
        var json = rest.Contains("--json");
        RolesCommand? roles = null;
        if (command == "roles")
            (roles, rest) = RolesCommand.Read(rest);
        if (!CommandLine.TryRead([.. rest.Where(a => a != "--json")], out var given, out var problem))
            throw new HostException(problem, HostException.Usage);
        var settings = HostSettings.Read(Program.Builder(given).Configuration);
        // Starting a private server would make a new, empty one.
        if (settings.ConnectionString is null && !Directory.Exists(Path.Combine(settings.Data, "postgres")))
            throw new HostException($"There is no private store in {settings.Data}: name its folder by --data, or the server by ConnectionStrings__Weir.", HostException.Usage);
        await using var store = await OwnStore.Open(settings, NullLogger.Instance, cancellation);
        await using var database = new Database(new StorageOptions { ConnectionString = store.ConnectionString, Schema = settings.Schema, MaxConnections = 4 }, TimeProvider.System, NullLogger<Database>.Instance);
        try
        {
            if (roles is null)
                return await Run(command, database, json, cancellation);
            await roles.Run(database, json ? Indented : null, cancellation);
            return 0;
        }
        catch (PostgresException e) when (e.SqlState is PostgresErrorCodes.UndefinedTable or PostgresErrorCodes.UndefinedColumn or PostgresErrorCodes.UndefinedFunction)
        {
            throw new HostException($"The schema \"{settings.Schema}\" does not hold Weir's tables in this version's form; `App.Server db migrate` makes them.");
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.InsufficientPrivilege)
        {
            throw new HostException($"The role of ConnectionStrings__Weir may not do this: {e.MessageText}. It takes the owner of the schema (`App.Server db roles` tells who that is), or a member of it.");
        }
        catch (PostgresException e) when (StoreSessions.Objection(e) is { } objection)
        {
            throw new HostException(objection);
        }
        catch (NpgsqlException e)
        {
            throw new HostException($"The store does not answer: {e.InnerException?.Message ?? e.Message}. Look at ConnectionStrings__Weir.");
        }
    }

    private static async Task<int> Run(string command, Database database, bool json, CancellationToken cancellation)
    {
        var queries = new StoreStatusQueries(database);
        switch (command)
        {
            case "status":
                var status = await queries.Read(cancellation);
                Console.WriteLine(json ? JsonSerializer.Serialize(status, Indented) : Words(status));
                return 0;
            case "check":
                var rules = await new StoreCheck(database).Run(cancellation);
                Console.WriteLine(json ? JsonSerializer.Serialize(rules, Indented) : string.Join('\n', rules.Select(r => r.Broken == 0 ? $"ok      {r.Name}" : $"BROKEN  {r.Name} {r.Broken} rows, for example {string.Join(", ", r.Examples)}")));
                return rules.All(r => r.Broken == 0) ? 0 : HostException.Failed;
            case "migrate":
                var before = (await queries.Steps(cancellation)).Where(s => s.AppliedAt is null).ToArray();
                try
                {
                    await new Schema(database, TimeProvider.System, NullLogger<Schema>.Instance).Migrate(cancellation);
                }
                catch (SchemaException e)
                {
                    throw new HostException(e.Message);
                }
                Console.WriteLine(json ? JsonSerializer.Serialize(new { Applied = before.Select(s => s.Number) }, Indented)
                    : before.Length == 0 ? "Nothing to do: the schema is this version's." : "Applied: " + string.Join(", ", before.Select(Step)));
                return 0;
            case "contract":
                IReadOnlyList<string> steps;
                try
                {
                    steps = await new Schema(database, TimeProvider.System, NullLogger<Schema>.Instance).Contract(cancellation);
                }
                catch (SchemaException e)
                {
                    throw new HostException(e.Message);
                }
                Console.WriteLine(json ? JsonSerializer.Serialize(new { Applied = steps }, Indented) : steps.Count == 0 ? "Nothing to do: there is nothing that only older versions need." : "Applied: " + string.Join(", ", steps));
                return 0;
            default:
                var bytes = (await queries.Read(cancellation)).DatabaseBytes;
                Console.WriteLine(json ? JsonSerializer.Serialize(new { Command = queries.DumpCommand(), Bytes = bytes }, Indented) : string.Create(CultureInfo.InvariantCulture, $"{bytes >> 20} MiB in the database.\n\n  {queries.DumpCommand()}"));
                return 0;
        }
    }

    private static string Words(StoreStatus s) => string.Join('\n',
    [
        string.Create(CultureInfo.InvariantCulture, $"{s.Server}, database {s.Database}, schema {s.Schema}, {s.DatabaseBytes >> 20} MiB"),
        s.Fits ? $"The schema is up to date: {s.Steps.Count} steps." : "The schema does not fit this version: " + string.Join(", ", s.Steps.Where(t => t.AppliedAt is null).Select(t => Step(t) + " is missing").Concat(s.Steps.Where(t => !t.Known).Select(t => Step(t) + " is unknown"))),
        .. s.OldestVersion is null ? [] : new[] { $"It serves Weir {s.OldestVersion} and newer; {s.NewestVersion} has brought it up." },
        .. s.Backfills.Select(b => string.Create(CultureInfo.InvariantCulture, $"Back-fill \"{b.Name}\": {b.Rows} rows, {(b.DoneAt is not null ? "done" : b.Error is null ? "goes on" : $"stands still: {b.Error}")}.")),
        "",
        .. s.Work.Select(w => string.Create(CultureInfo.InvariantCulture, $"{w.Rows,12}  {w.Name}{(w.OldestSeconds is { } old && w.Rows > 0 ? $", the oldest for {old:0} s" : "")}")),
        "",
        .. s.Tables.Select(t => string.Create(CultureInfo.InvariantCulture, $"{t.Bytes >> 10,8} KiB  {t.Name}, about {t.Rows} rows{(t.Partitions > 0 ? $" in {t.Partitions} partitions" : "")}")),
        "",
        .. s.Sessions.Select(c => string.Create(CultureInfo.InvariantCulture, $"{c.Connections,12}  {c.Application}, {c.State}{(c.LongestTransactionSeconds is { } open ? $", longest transaction {open:0.0} s" : "")}")),
    ]);

    private static string Step(SchemaStep step) => string.Create(CultureInfo.InvariantCulture, $"{step.Number:0000} {step.Name}");
}
