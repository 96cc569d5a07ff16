using System.Text;
using Microsoft.AspNetCore.Diagnostics;
using Npgsql;
using Weir.App.Server.Identity;
using Weir.Engine.Storage;

namespace Weir.App.Server.Api;

/// <summary>What a caller hears when a request ends in an exception: 503 while the store is away, 400 for what could not be read, 500 otherwise; never a stack trace.</summary>
internal sealed partial class Failures(ILogger<Failures> logger) : IExceptionHandler
{
    private const string RetrySeconds = "5";

    public async ValueTask<bool> TryHandleAsync(HttpContext httpContext, Exception exception, CancellationToken cancellationToken)
    {
        if (exception is OperationCanceledException && httpContext.RequestAborted.IsCancellationRequested)
        {
            httpContext.Response.StatusCode = StatusCodes.Status499ClientClosedRequest;
            return true;
        }
        var (status, sentence) = Explain(exception);
        if (status == StatusCodes.Status500InternalServerError)
            LogFailed(exception, httpContext.Request.Method, httpContext.Request.Path, httpContext.TraceIdentifier);
        else if (status == StatusCodes.Status503ServiceUnavailable)
        {
            LogStoreAway(exception.Message, httpContext.Request.Path);
            httpContext.Response.Headers.RetryAfter = RetrySeconds;
        }
        if (status == StatusCodes.Status500InternalServerError)
            sentence += $" The log of this master says more, under {httpContext.TraceIdentifier}.";
        if (Doors.IsForPeople(httpContext))
            await Doors.Say(httpContext, status, Problems.Title(status), sentence);
        else
            await Problems.Answer(status, sentence).ExecuteAsync(httpContext);
        return true;
    }

    private static (int Status, string Sentence) Explain(Exception exception) => exception switch
    {
        BadHttpRequestException bad => (bad.StatusCode, bad.StatusCode == StatusCodes.Status413PayloadTooLarge ? "The body is larger than is accepted here." : "The request cannot be read."),
        CommitUnknownException => (StatusCodes.Status503ServiceUnavailable, "The connection to the store broke while this was being stored. It may have been done: look before you try again."),
        PostgresException { SqlState: PostgresErrorCodes.CharacterNotInRepertoire or PostgresErrorCodes.UntranslatableCharacter } or EncoderFallbackException =>
            (StatusCodes.Status400BadRequest, "The request holds a character that cannot be stored."),
        // Of a form: a field that is too long, too many of them, or one that cannot be decoded.
        InvalidDataException => (StatusCodes.Status400BadRequest, "The form cannot be read: it has too many fields, one that is too long, or a character that cannot be stored."),
        _ when IsAway(exception) => (StatusCodes.Status503ServiceUnavailable, "The store does not answer; try again in a moment."),
        _ => (StatusCodes.Status500InternalServerError, "This is a fault of Weir."),
    };

    // An error that the store itself reports is ours, unless it says that it is ending, full, locked or at its limits.
    private static bool IsAway(Exception exception) => exception is PostgresException refused
        ? refused.IsTransient || refused.SqlState[..2] is "57" or "53" or "58" or "08" or "55"
        : Database.IsUnavailable(exception);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Method} {Path} failed ({Trace}).")]
    private partial void LogFailed(Exception e, string method, PathString path, string trace);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The store is away ({Message}): {Path} was answered 503.")]
    private partial void LogStoreAway(string message, PathString path);
}
