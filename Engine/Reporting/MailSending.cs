using System.Net;
using System.Net.Mail;
using System.Text;
using Microsoft.Extensions.Logging;
using Weir.Engine.Masters;
using Weir.Engine.Storage;
using Weir.Shared.Events;

namespace Weir.Engine.Reporting;

/// <summary>
/// Sends the mails that are due, one after the other. Whoever tries one says so in its row first, with a time from which others may try: no two engines send the same, and one that dies in the middle loses none.
/// Between the server's answer and the row that says so a mail can be sent twice, and no way of sending mail knows better; both then have the same Message-ID.
/// </summary>
internal sealed partial class MailSending(Database database, MailOptions options, Wakeups wakeups, TimeProvider time, ILogger<MailSending> logger) : Duty(wakeups, time, logger, WakeTopic.Mails)
{
    /// <summary>The first pause after a failure; each is twice the one before …</summary>
    internal static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(30);

    /// <summary>… up to this.</summary>
    internal static readonly TimeSpan LongestPause = TimeSpan.FromHours(1);

    /// <summary>After so long nobody wants to hear it any more.</summary>
    internal static readonly TimeSpan GivenUpAfter = TimeSpan.FromDays(3);

    private const int LongestError = 500;
    private readonly ILogger logger = logger;

    internal sealed record Row
    {
        public long Id { get; init; }
        public int Attempts { get; init; }
        public string Recipient { get; init; } = "";
        public string Subject { get; init; } = "";
        public string Body { get; init; } = "";
        public string Store { get; init; } = "";
    }

    protected override async Task<TimeSpan?> RunOnce(CancellationToken cancellation)
    {
        while (await Take(cancellation) is { } mail)
            await Send(mail, cancellation);
        return await database.QuerySingle<TimeSpan?>("SELECT greatest(min(next_at) - weir_now(), interval '1 second') FROM mails WHERE sent_at IS NULL AND given_up_at IS NULL", null, cancellation);
    }

    /// <summary>Makes a mail that is due this engine's for a while; null: none is.</summary>
    internal Task<Row?> Take(CancellationToken cancellation) => database.QuerySingle<Row>("""
        UPDATE mails SET attempts = attempts + 1, next_at = weir_now() + @horizon
        WHERE id = (SELECT id FROM mails WHERE sent_at IS NULL AND given_up_at IS NULL AND next_at <= weir_now() ORDER BY next_at, id LIMIT 1 FOR UPDATE SKIP LOCKED)
        RETURNING id, attempts, recipient, subject, body, (SELECT id::text FROM store_identity) AS store
        """, new { horizon = 2 * options.Patience }, cancellation);

    /// <summary>Sends it and writes down what came of it, unless somebody else has tried since.</summary>
    internal async Task Send(Row mail, CancellationToken cancellation)
    {
        var error = await Trouble(mail, cancellation);
        if (error is not null)
            LogFailed(mail.Id, mail.Attempts, error);
        var pause = FirstPause * Math.Pow(2, Math.Min(mail.Attempts - 1, 20));
        await database.Write(async unit =>
        {
            await unit.Execute("""
                UPDATE mails SET sent_at = CASE WHEN @error::text IS NULL THEN weir_now() END, last_error = @error, next_at = weir_now() + @pause,
                    given_up_at = CASE WHEN @error::text IS NOT NULL AND written_at < weir_now() - @GivenUpAfter THEN weir_now() END
                WHERE id = @Id AND attempts = @Attempts
                """, new { mail.Id, mail.Attempts, error, pause = pause < LongestPause ? pause : LongestPause, GivenUpAfter });
            unit.Add(new WeirEvent { Kind = EventKind.ConfigurationChanged });
        }, cancellation);
    }

    private async Task<string?> Trouble(Row mail, CancellationToken cancellation)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        patience.CancelAfter(options.Patience);
        try
        {
            using var client = new SmtpClient(options.Host, options.Port) { EnableSsl = options.StartTls, UseDefaultCredentials = false, Credentials = options.User is null ? null : new NetworkCredential(options.User, options.Password) };
            using var message = new MailMessage(options.From, mail.Recipient, mail.Subject, mail.Body) { BodyEncoding = Encoding.UTF8, SubjectEncoding = Encoding.UTF8, BodyTransferEncoding = System.Net.Mime.TransferEncoding.Base64 };
            message.Headers["Message-ID"] = FormattableString.Invariant($"<mail-{mail.Id}.{mail.Store}@weir>");
            // Nobody who is away answers a machine.
            message.Headers["Auto-Submitted"] = "auto-generated";
            await client.SendMailAsync(message, patience.Token);
            return null;
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return FormattableString.Invariant($"The mail server did not answer within {options.Patience.TotalSeconds} seconds.");
        }
        catch (Exception e) when (e is SmtpException or FormatException or IOException or System.Security.Authentication.AuthenticationException)
        {
            return Words(e);
        }
    }

    private static string Words(Exception e)
    {
        var words = string.Join(" ", Causes(e).Select(c => c.Message.ReplaceLineEndings(" ").Trim()).Distinct());
        return words.Length <= LongestError ? words : words[..LongestError];
    }

    private static IEnumerable<Exception> Causes(Exception? e)
    {
        for (; e is not null; e = e.InnerException)
            yield return e;
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Mail {Mail} could not be sent (attempt {Attempt}): {Error}")]
    private partial void LogFailed(long mail, int attempt, string error);
}
