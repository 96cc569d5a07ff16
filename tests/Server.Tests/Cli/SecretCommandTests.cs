namespace Weir.Server.Tests.Cli;

/// <summary><c>weir secret</c> against a real master: what it writes, for whom, and what it says when it does not.</summary>
public sealed class SecretCommandTests(MasterFixture fixture) : IClassFixture<MasterFixture>, IAsyncLifetime, IDisposable
{
    private const string Canary = "canary-61c0-of-the-shell";
    private readonly CommandShell shell = new();

    private TestMaster Master => fixture.Master;

    public async ValueTask InitializeAsync() => await shell.SignIn(Master);

    public ValueTask DisposeAsync()
    {
        Dispose();
        return ValueTask.CompletedTask;
    }

    public void Dispose()
    {
        if (shell.Home.Exists)
            shell.Dispose();
    }

    [Fact]
    public async Task A_secret_is_set_for_some_set_anew_for_the_same_opened_and_removed()
    {
        Ended(0, "The secret DEPLOY is set.", await Weir(Canary, "secret", "set", "DEPLOY", "--builder", "lib", "pyg", "--project", "gst", "--reason", "a new one"));
        Assert.Equal("lib pyg / gst", await WhoMay("DEPLOY"));

        // Another value alone opens it to nobody else.
        Ended(0, "is set.", await Weir(Canary + "2", "secret", "set", "DEPLOY"));
        Assert.Equal("lib pyg / gst", await WhoMay("DEPLOY"));
        Ended(0, "is for others now.", await Weir(null, "secret", "set", "DEPLOY", "--keep", "--project", "gst"));
        Assert.Equal(" / gst", await WhoMay("DEPLOY"));
        Ended(0, "is for others now.", await Weir(null, "secret", "set", "DEPLOY", "--keep", "--all"));
        Assert.Equal(" / ", await WhoMay("DEPLOY"));

        var listed = await Weir(null, "secret", "list");
        Assert.Equal(["DEPLOY", "admin", "all builders"], [.. listed.Lines.Single(l => l.StartsWith("DEPLOY", StringComparison.Ordinal)).Split('\t')[..4].Where((_, i) => i != 1)]);
        Assert.DoesNotContain(Canary, listed.Output + (await Weir(null, "secret", "list", "--json")).Output, StringComparison.Ordinal);
        Ended(0, "The secret DEPLOY is removed.", await Weir(null, "secret", "remove", "DEPLOY", "--reason", "not used any more"));
        Assert.Equal("secret.add: the builders lib, pyg and those of gst; a new one | secret.rotate: the builders lib, pyg and those of gst | secret.allow: the builders of gst | secret.allow: all builders | secret.remove: not used any more",
            await Master.Store.Scalar<string>("SELECT string_agg(action || ': ' || reason, ' | ' ORDER BY id) FROM audit WHERE subject = 'secret DEPLOY'"));
        Assert.DoesNotContain("DEPLOY", (await Weir(null, "secret", "list")).Output, StringComparison.Ordinal);
    }

    // Arguments (separated by |), the input, the exit code, and what it says.
    [Theory]
    [InlineData("set", "x", 2, "Required argument missing")]
    [InlineData("set|TOKEN", null, 2, "Standard input holds no value.")]
    [InlineData("set|", "long enough", 2, "the name of a secret is expected")]
    [InlineData("set|1st", "long enough", 2, "does not start with a digit")]
    [InlineData("set|a/b", "long enough", 2, "letters, digits, _ and -")]
    [InlineData("set|TOKEN", "abc", 2, "at least 4 characters")]
    [InlineData("set|TOKEN", "ab\0cd", 2, "U+0000")]
    [InlineData("set|TOKEN", "*long*", 2, "value: At most 120 KiB.")]
    [InlineData("set|TOKEN|--builder|Big Name", "long enough", 2, "builders: ")]
    [InlineData("set|TOKEN|--all|--builder|lib", "long enough", 2, "Either --all")]
    [InlineData("set|TOKEN|--keep", null, 2, "--builder, --project or --all is expected")]
    [InlineData("set|NOWHERE|--keep|--all", null, 2, "a new secret needs a value")]
    [InlineData("remove", null, 2, "Required argument missing")]
    [InlineData("remove|NOWHERE", null, 5, "There is no secret NOWHERE in the store.")]
    [InlineData("list|TOKEN", null, 2, "Unrecognized command or argument 'TOKEN'")]
    [InlineData("lose", null, 2, "Unrecognized command or argument 'lose'")]
    public async Task Wrong_usage_is_told_and_nothing_is_written(string arguments, string? input, int code, string words)
    {
        Ended(code, words, await Weir(input == "*long*" ? new string('x', 130_000) : input, ["secret", .. arguments.Split('|')]));

        Assert.Equal(0, await Master.Store.Scalar<long>("SELECT count(*) FROM secrets WHERE name IN ('TOKEN', 'NOWHERE')"));
    }

    [Fact]
    public async Task Bytes_that_are_no_text_are_not_written_as_another_text()
    {
        using var process = shell.Start("secret", "set", "BINARY");
        await process.StandardInput.BaseStream.WriteAsync(new byte[] { 0x61, 0x62, 0x63, 0x64, 0xff, 0xfe });
        process.StandardInput.Close();

        Ended(2, "not UTF-8", await CommandShell.End(process));
        Assert.Equal(0, await Master.Store.Scalar<long>("SELECT count(*) FROM secrets WHERE name = 'BINARY'"));
    }

    [Fact]
    public async Task Who_is_no_admin_neither_sees_nor_writes_any()
    {
        await shell.SignIn(Master, "developer");

        foreach (var arguments in new[] { new[] { "list" }, ["set", "TOKEN"], ["remove", "TOKEN"] })
            Ended(4, "This needs the right \"admin\", which developer does not have. `weir whoami` shows what you may.", await Weir(Canary, ["secret", .. arguments]));
        shell.Environment["WEIR_TOKEN"] = "weir_forged";
        Ended(4, "`weir login", await Weir(null, "secret", "list"));
    }

    private async Task<string?> WhoMay(string name) => await Master.Store.Scalar<string>($"SELECT array_to_string(builders, ' ') || ' / ' || array_to_string(projects, ' ') FROM secrets WHERE name = '{name}'");

    private Task<CommandShell.Result> Weir(string? input, params string[] arguments) => shell.Run(input, arguments);

    private static void Ended(int code, string words, CommandShell.Result result)
    {
        Assert.True(code == result.Code, $"{result.Code} instead of {code}: {result.Errors}");
        Assert.Contains(words, code == 0 ? result.Output : result.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain(Canary, result.Output + result.Errors, StringComparison.Ordinal);
    }
}
