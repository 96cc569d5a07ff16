using System.Net;
using Weir.Engine.Reporting;

namespace Weir.App.Server.Hosting;

/// <summary>What can be set about the mail server: <c>Mail:Host</c>, <c>Port</c>, <c>From</c>, <c>User</c>, <c>Password</c>, <c>StartTls</c>.</summary>
internal static class MailSettings
{
    /// <summary>Null: there is none. What is wrong goes to the others' complaints.</summary>
    public static MailOptions? Read(IConfiguration given, List<string> problems)
    {
        if (given["Host"] is not { Length: > 0 } host)
        {
            if (given.GetChildren().Any(c => c.Value is { Length: > 0 }))
                problems.Add("mail host: the name of the mail server is missing (Mail__Host)");
            return null;
        }
        var from = given["From"] ?? "";
        if (!System.Net.Mail.MailAddress.TryCreate(from, out _))
            problems.Add($"mail from: the sender's address is expected (Mail__From), not \"{from}\"");
        var tls = given["StartTls"] ?? "true";
        if (!bool.TryParse(tls, out var encrypts))
            problems.Add($"mail starttls: true or false is expected, not \"{tls}\"");
        var (user, password) = (Given(given["User"]), Given(given["Password"]));
        if ((user is null) != (password is null))
            problems.Add("mail user and password: both, or neither");
        if (user is not null && !encrypts && !IsHere(host))
            problems.Add("mail starttls: a password is not sent over a connection that everybody can read");
        return new() { Host = host, Port = HostSettings.Number(given["Port"], encrypts ? 587 : 25, 1, 65535, "mail port", problems), From = from, User = user, Password = password, StartTls = encrypts };
    }

    private static bool IsHere(string host) => host == "localhost" || (IPAddress.TryParse(host, out var address) && IPAddress.IsLoopback(address));

    private static string? Given(string? text) => string.IsNullOrEmpty(text) ? null : text;
}
