namespace Weir.Engine.Storage;

/// <summary>A mail to one recipient, in plain text.</summary>
/// <param name="About">What it is about, for pages: <c>part team-a</c>.</param>
/// <param name="Recipient">An address.</param>
/// <param name="Subject">One line.</param>
/// <param name="Body">Lines ended by \n.</param>
public sealed record OutgoingMail(string About, string Recipient, string Subject, string Body);

/// <summary>Mails are rows first, written with their cause (invariant 1); an engine that has a mail server sends them afterwards.</summary>
public static class MailOutbox
{
    /// <summary>An engine is there that can send some.</summary>
    public const string CanSend = "EXISTS (SELECT FROM masters m WHERE m.sends_mail AND m.limits_incarnation = m.incarnation AND 'engine' = ANY(m.roles) AND m.state IN ('Active', 'Draining') AND m.heartbeat_at > weir_now() - interval '1 minute')";

    public static async Task Write(StoreTransaction unit, IReadOnlyCollection<OutgoingMail> mails)
    {
        if (mails.Count == 0)
            return;
        await unit.Execute("""
            INSERT INTO mails (about, recipient, subject, body, written_at, next_at)
            SELECT about, recipient, subject, body, weir_now(), weir_now() FROM unnest(@about, @recipients, @subjects, @bodies) AS m (about, recipient, subject, body)
            """, new
        {
            about = mails.Select(m => m.About).ToArray(),
            recipients = mails.Select(m => m.Recipient).ToArray(),
            subjects = mails.Select(m => m.Subject).ToArray(),
            bodies = mails.Select(m => m.Body).ToArray(),
        });
        unit.Wake(WakeTopic.Mails);
    }
}
