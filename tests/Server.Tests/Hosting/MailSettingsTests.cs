using Microsoft.Extensions.Configuration;
using Weir.App.Server.Hosting;

namespace Weir.Server.Tests.Hosting;

public sealed class MailSettingsTests
{
    private static IConfiguration Given(string settings) => new ConfigurationBuilder()
        .AddInMemoryCollection(settings.Split(';', StringSplitOptions.RemoveEmptyEntries).Select(s => s.Split('=')).Select(s => KeyValuePair.Create(s[0], (string?)s[1]))).Build();

    [Fact]
    public void Usual_values_encrypt_and_without_a_host_there_is_none()
    {
        var problems = new List<string>();

        var mail = MailSettings.Read(Given("Host=mail.example.org;From=weir@example.org;User=weir;Password=hush"), problems)!;

        Assert.Empty(problems);
        Assert.Equal(("mail.example.org", 587, true, "weir"), (mail.Host, mail.Port, mail.StartTls, mail.User));
        Assert.Null(MailSettings.Read(Given(""), problems));
        Assert.Equal(25, MailSettings.Read(Given("Host=localhost;From=w@example.org;StartTls=false"), problems)!.Port);
        Assert.Empty(problems);
    }

    [Theory]
    [InlineData("From=weir@example.org", "mail host: the name of the mail server is missing (Mail__Host)")]
    [InlineData("Host=m", "mail from: the sender's address is expected (Mail__From), not \"\"")]
    [InlineData("Host=m;From=w@example.org;Port=0", "mail port: a whole number from 1 to 65535 is expected, not \"0\"")]
    [InlineData("Host=m;From=w@example.org;StartTls=maybe", "mail starttls: true or false is expected, not \"maybe\"")]
    [InlineData("Host=m;From=w@example.org;User=u", "mail user and password: both, or neither")]
    [InlineData("Host=m;From=w@example.org;User=u;Password=p;StartTls=false", "mail starttls: a password is not sent over a connection that everybody can read")]
    public void What_is_wrong_is_said(string settings, string complaint)
    {
        var problems = new List<string>();

        MailSettings.Read(Given(settings), problems);

        Assert.Equal(complaint, Assert.Single(problems));
    }
}
