using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Weir.Engine.Storage;
using Weir.Engine.Storage.Roles;

namespace Weir.App.Server.Hosting;

/// <summary><c>App.Server db roles</c>: makes and refreshes the database roles of engines and of masters of pages (decision 0031).</summary>
internal sealed record RolesCommand(string Engine, string Pages, string? Login)
{
    private const string PasswordVariable = "WEIR_LOGIN_PASSWORD";

    /// <summary>Takes its own options out of the arguments; the others are those of every <c>db</c> command.</summary>
    public static (RolesCommand Command, string[] Others) Read(string[] arguments)
    {
        var (engine, pages, login) = (StoreRoles.UsualEngine, StoreRoles.UsualPages, (string?)null);
        var rest = new List<string>();
        for (var i = 0; i < arguments.Length; i++)
        {
            if (arguments[i] is not ("--engine" or "--ui" or "--ui-login"))
            {
                rest.Add(arguments[i]);
                continue;
            }
            if (i + 1 == arguments.Length || arguments[i + 1].StartsWith('-') || arguments[i + 1].Length is 0 or > 63)
                throw new HostException($"{arguments[i]}: the name of a database role is expected.", HostException.Usage);
            _ = arguments[i] switch { "--engine" => engine = arguments[++i], "--ui" => pages = arguments[++i], _ => login = arguments[++i] };
        }
        if (engine == pages || engine == login || pages == login)
            throw new HostException("Engines, masters of pages and a login cannot be the same role.", HostException.Usage);
        return (new(engine, pages, login), [.. rest]);
    }

    public async Task Run(Database database, JsonSerializerOptions? json, CancellationToken cancellation)
    {
        var password = Environment.GetEnvironmentVariable(PasswordVariable);
        if (Login is not null && string.IsNullOrEmpty(password))
            throw new HostException($"{PasswordVariable} in the environment is expected to hold the password for {Login}.", HostException.Usage);
        var roles = new StoreRoles(database);
        try
        {
            await new Schema(database, TimeProvider.System, NullLogger<Schema>.Instance).Migrate(cancellation);
            await roles.Set(Engine, Pages, cancellation);
            if (Login is not null)
                await roles.SetLogin(Login, password!, cancellation);
        }
        catch (SchemaException e)
        {
            throw new HostException(e.Message);
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.InsufficientPrivilege)
        {
            throw new HostException($"The store does not let this role do it: {e.MessageText}. Run it once as an administrator of the database (one with CREATEROLE who owns the schema, or a superuser), or let one make the roles: CREATE ROLE {Engine} NOLOGIN; CREATE ROLE {Pages} NOLOGIN; GRANT {Engine} TO <owner of the schema>.");
        }
        if (json is not null)
        {
            Console.WriteLine(JsonSerializer.Serialize(new { Engine, Ui = Pages, UiLogin = Login }, json));
            return;
        }
        Console.WriteLine($"""
            {Engine} owns the schema; {Pages} has the rights of masters of pages, and those of tables to come.

            Let the logins of your masters belong to them (once for each):
              GRANT {Engine} TO engine_login;    GRANT {Pages} TO pages_login;
            and name these in ConnectionStrings__Weir of the masters.{(Login is null ? "" : $"\n\n{Login} belongs to {Pages}, with the password from {PasswordVariable}.")}
            """);
    }
}
