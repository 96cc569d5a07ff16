using Npgsql;
using Weir.App.Server.Identity;
using Weir.App.Server.Limits;
using Weir.Engine.Configuration.Watching;
using Weir.Engine.Masters;
using Weir.Engine.Storage;

namespace Weir.App.Server.Hosting;

/// <summary><c>/healthz</c>: the program runs. <c>/readyz</c>: it can serve, because the store answers, its schema fits, the files it was started with have been looked at, and it was not told to go.</summary>
internal static class Health
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    public static void MapHealth(this WebApplication app)
    {
        app.MapGet("/healthz", () => Results.Text("ok\n")).Open().WithoutLimit().ExcludeFromDescription();
        app.MapGet("/readyz", Ready).Open().WithoutLimit().ExcludeFromDescription();
    }

    private static async Task<IResult> Ready(Schema schema, FirstLook configuration, Self self, HttpContext context, TimeProvider time)
    {
        // Whoever shares out the load sends nothing more here, while what is open goes on.
        if (self.Draining)
            return Results.Text("This master is shutting down.\n", statusCode: StatusCodes.Status503ServiceUnavailable);
        using var limit = new CancellationTokenSource(Patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, context.RequestAborted);
        try
        {
            if (!await schema.Fits(either.Token))
                return Results.Text("The store's schema does not fit this version yet.\n", statusCode: StatusCodes.Status503ServiceUnavailable);
            return configuration.IsOver
                ? Results.Text("ready\n")
                : Results.Text("The configuration is being read.\n", statusCode: StatusCodes.Status503ServiceUnavailable);
        }
        catch (Exception e) when (e is NpgsqlException or OperationCanceledException)
        {
            return Results.Text("The store does not answer.\n", statusCode: StatusCodes.Status503ServiceUnavailable);
        }
    }
}
