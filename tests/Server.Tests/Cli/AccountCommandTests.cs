namespace Weir.Server.Tests.Cli;

/// <summary>login, logout, whoami, token, user.</summary>
public sealed class AccountCommandTests(MasterFixture fixture) : IClassFixture<MasterFixture>, IDisposable
{
    private readonly CommandShell shell = new();

    private TestMaster Master => fixture.Master;

    [Fact]
    public async Task Signing_out_takes_the_token_back_at_the_server_and_forgets_it_here()
    {
        await shell.SignIn(Master, "developer");
        var who = (await shell.Run(null, "whoami", "--json")).Json;
        Assert.Equal("developer", (string?)who["name"]);
        var file = Path.Combine(shell.Home.FullName, "weir", "sign-in.json");
        var token = (string)System.Text.Json.Nodes.JsonNode.Parse(await File.ReadAllTextAsync(file))!["token"]!;

        Assert.Equal(0, (await shell.Run(null, "logout")).Code);

        Assert.False(File.Exists(file));
        Assert.Equal(4, (await shell.Run(null, "whoami", "--server", Master.Url, "--token", token)).Code);
        Assert.Equal("Nobody is signed in here.", (await shell.Run(null, "logout")).Output.Trim());
    }

    [Fact]
    public async Task A_token_that_is_given_can_be_kept_instead_of_a_password()
    {
        var made = await shell.Run(TestMaster.Password, "token", "create", "for a script", "--user", "developer", "--password-stdin", "--server", Master.Url);
        Assert.StartsWith("weir_", made.Output);

        Assert.Equal(0, (await shell.Run(null, "login", "--server", Master.Url, "--token", made.Output.Trim())).Code);

        Assert.Equal("developer", (string?)(await shell.Run(null, "whoami", "--json")).Json["name"]);
    }

    [Fact]
    public async Task A_token_with_scopes_does_only_that_and_ends_when_it_is_revoked()
    {
        await shell.SignIn(Master);
        var made = (await shell.Run(TestMaster.Password, "token", "create", "hook", "--scope", "sendchange", "--days", "7", "--password-stdin", "--json")).Json["tokens"]![0]!;
        var token = (string)made["token"]!;
        shell.Environment["WEIR_SERVER"] = Master.Url;

        Assert.Equal(0, (await shell.Run(null, "sendchange", "--token", token, "--author", "x", "--branch", "b", "--revision", "1", "--repository", "r")).Code);
        Assert.Equal(4, (await shell.Run(null, "worker", "add", "w", "--token", token)).Code);
        Assert.Equal(4, (await shell.Run(null, "token", "list", "--token", token)).Code);
        Assert.Contains("\tsendchange\t", (await shell.Run(null, "token", "list")).Output);

        Assert.Equal(0, (await shell.Run(null, "token", "revoke", $"{made["tokenid"]}")).Code);
        Assert.Equal(4, (await shell.Run(null, "builds", "--token", token)).Code);
        Assert.Equal(5, (await shell.Run(null, "token", "revoke", "999999")).Code);
        Assert.Equal(2, (await shell.Run(TestMaster.Password, "token", "create", "x", "--scope", "everything", "--password-stdin")).Code);
    }

    [Fact]
    public async Task An_account_is_made_changed_closed_and_opened()
    {
        await shell.SignIn(Master);
        var made = await shell.Run(null, "user", "add", "ada", "--right", "force", "--generate-password", "--json");
        Assert.Equal(0, made.Code);
        var password = (string)made.Json["users"]![0]!["password"]!;
        Assert.Equal(1, (await shell.Run(null, "user", "add", "ada", "--generate-password")).Code);

        using (var ada = new CommandShell())
        {
            Assert.Equal(0, (await ada.Run(password, "login", "--server", Master.Url, "-u", "ada", "--password-stdin")).Code);
            Assert.Equal(4, (await ada.Run(null, "user", "list")).Code);
            Assert.Equal(0, (await ada.Run(password + "\nquite another one", "user", "password", "--password-stdin")).Code);
            Assert.Equal(0, (await ada.Run("quite another one", "login", "--server", Master.Url, "-u", "ada", "--password-stdin")).Code);
            Assert.Equal(0, (await shell.Run(null, "user", "rights", "ada", "stop", "configure")).Code);
            Assert.Equal(["configure", "read", "stop"], (await ada.Run(null, "whoami", "--json")).Json["rights"]!.AsArray().Select(r => (string)r!));

            Assert.Equal(0, (await shell.Run(null, "user", "disable", "ada", "--reason", "on leave")).Code);
            Assert.Equal(4, (await ada.Run(null, "builds")).Code);
            Assert.Equal(0, (await shell.Run(null, "user", "enable", "ada")).Code);
            Assert.Equal(0, (await ada.Run(null, "builds")).Code);
        }
        Assert.Contains("Did you mean \"ada\"?", (await shell.Run(null, "user", "disable", "adaa")).Errors);
        Assert.Contains("last account", (await shell.Run(null, "user", "rights", "admin")).Errors);
    }

    [Fact]
    public async Task Nobody_is_asked_where_no_terminal_is()
    {
        var asked = await shell.Run(null, "login", "--server", Master.Url);

        Assert.Equal(2, asked.Code);
        Assert.Contains("--password-stdin", asked.Errors);
        Assert.Equal("", asked.Output);
    }

    public void Dispose() => shell.Dispose();
}
