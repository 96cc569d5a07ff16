using Weir.Shared.Protocol;
using Weir.Worker.Tests.Support;

namespace Weir.Worker.Tests;

/// <summary>Keys, tokens and networks that fail, against real servers.</summary>
public sealed class GitAccessTests(Running running) : IClassFixture<Running>, IDisposable
{
    private const string Token = "canary-token-41c9e7";
    private readonly Repository _repository = new();
    private readonly string _directory = $"access-{Guid.NewGuid():N}";

    public void Dispose() => _repository.Dispose();

    private CheckoutSpec Spec(string url, CheckoutCredentials? credentials) => new() { Directory = _directory, Repository = url, Branch = "main", Credentials = credentials, Retries = 2 };

    private static string All(StoredCommand command) => string.Join('\n', command.Lines.Select(l => l.Text));

    private async Task<StoredCommand> Good(CheckoutSpec spec, Dictionary<string, string>? secrets = null)
    {
        var command = running.Engine.Order(spec, secrets: secrets);
        var end = await command.End();
        Assert.True(end is { Kind: EndKind.Exited, ExitCode: 0 }, end.Reason + "\n" + All(command));
        Assert.Equal(_repository.Git("rev-parse", "HEAD"), end.Outputs["revision"]);
        return command;
    }

    private async Task<(string Reason, StoredCommand Command)> Bad(CheckoutSpec spec, Dictionary<string, string>? secrets = null)
    {
        var command = running.Engine.Order(spec, secrets: secrets);
        var end = await command.End();
        Assert.True(end.Kind == EndKind.Exited && end.ExitCode != 0, All(command));
        return (end.Reason!, command);
    }

    private void NothingIsLeft() => Assert.Empty(Directory.EnumerateFiles(Path.Combine(running.Worker.Work, ".weir", "commands"), "key", SearchOption.AllDirectories));

    [Fact]
    public async Task A_token_opens_a_repository_and_is_nowhere_to_be_seen()
    {
        await using var server = await GitOverHttp.Start(_repository.Path);
        (server.User, server.Password) = ("x-access-token", Token);
        var command = await Good(
            Spec(server.Address + ".git", new() { Token = "TOKEN" }) with { Env = new Dictionary<string, string?> { ["GIT_TRACE"] = "1", ["GIT_CURL_VERBOSE"] = "1", ["GIT_TRACE_REDACT"] = "0" } },
            new() { ["TOKEN"] = Token });

        Assert.Contains($"x-access-token:{Token}", server.Credentials);
        Assert.DoesNotContain(server.Urls, u => u.Contains(Token, StringComparison.Ordinal));
        // Git was told to say everything it sends: the header with the token in base64 is there, masked.
        Assert.Contains("uthorization: Basic ", All(command), StringComparison.Ordinal);
        Assert.DoesNotContain("41c9e7", All(command), StringComparison.Ordinal);
        Assert.DoesNotContain(Convert.ToBase64String(System.Text.Encoding.ASCII.GetBytes($"x-access-token:{Token}")), All(command), StringComparison.Ordinal);
        Assert.DoesNotContain(Token, await File.ReadAllTextAsync(Path.Combine(running.Worker.Work, _directory, ".git", "config"), TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_token_is_given_to_its_own_host_only()
    {
        await using var server = await GitOverHttp.Start(_repository.Path);
        await using var other = await GitOverHttp.Start(_repository.Path);
        (other.User, other.Password) = ("x-access-token", Token);
        _repository.Git("submodule", "add", "--quiet", _repository.Path, "module");
        var modules = Path.Combine(_repository.Path, ".gitmodules");
        await File.WriteAllTextAsync(modules, $"[submodule \"module\"]\n\tpath = module\n\turl = {other.Address}.git\n", TestContext.Current.CancellationToken);
        _repository.Commit("a module of another host");

        var (reason, _) = await Bad(Spec(server.Address + ".git", new() { Token = "TOKEN" }) with { Submodules = true }, new() { ["TOKEN"] = Token });

        Assert.StartsWith("The submodules could not be brought to their revisions.", reason, StringComparison.Ordinal);
        Assert.NotEmpty(other.Urls);
        Assert.Empty(other.Credentials);
    }

    [Fact]
    public async Task A_wrong_token_and_none_are_said_at_once()
    {
        await using var server = await GitOverHttp.Start(_repository.Path);
        (server.User, server.Password) = ("git", Token);

        var (wrong, _) = await Bad(Spec(server.Address + ".git", new() { Token = "TOKEN", User = "git" }), new() { ["TOKEN"] = "not the right one" });
        var (none, command) = await Bad(Spec(server.Address + ".git", null));

        Assert.Contains("The server does not let this worker in", wrong, StringComparison.Ordinal);
        Assert.Contains("The server does not let this worker in", none, StringComparison.Ordinal);
        Assert.DoesNotContain("Trying again", command.Headers, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_network_that_fails_is_tried_again_after_a_pause()
    {
        await using var server = await GitOverHttp.Start(_repository.Path);
        server.Failures = 1;
        var command = await Good(Spec(server.Address + ".git", null));

        Assert.Contains("The network failed. Trying again in 1 s (attempt 2 of 3).", command.Headers, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_network_that_goes_on_failing_is_given_up_and_the_clone_is_kept()
    {
        await using var server = await GitOverHttp.Start(_repository.Path);
        await Good(Spec(server.Address + ".git", null));
        var address = server.Address;
        await server.DisposeAsync();

        var (reason, command) = await Bad(Spec(address + ".git", null) with { Retries = 1 });

        Assert.EndsWith("The network failed.", reason, StringComparison.Ordinal);
        Assert.Equal(2, command.Headers.Split("$ git fetch").Length - 1);
        Assert.DoesNotContain("damaged", command.Headers, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_pause_can_be_stopped()
    {
        var command = running.Engine.Order(Spec("http://127.0.0.1:1/none.git", null) with { Retries = 20 });
        await Eventually.Holds(() => command.Headers.Contains("attempt 3", StringComparison.Ordinal), "it waits for the third attempt");
        await running.Engine.Interrupt(command, "stopped by ada");

        Assert.Equal(EndKind.Interrupted, (await command.End()).Kind);
    }

    [Fact]
    public async Task An_ssh_key_opens_a_repository_of_a_known_host_only()
    {
        var (server, why) = await SshServer.Start();
        if (server is null)
            Assert.Skip(why);
        await using var ssh = server;
        var secrets = new Dictionary<string, string> { ["KEY"] = ssh.Key };
        var command = await Good(Spec(ssh.Url(_repository.Path), new() { SshKey = "KEY", KnownHosts = ssh.HostKey }), secrets);
        Assert.DoesNotContain("PRIVATE KEY", All(command), StringComparison.Ordinal);
        NothingIsLeft();

        var (unknown, _) = await Bad(Spec(ssh.Url(_repository.Path), new() { SshKey = "KEY", KnownHosts = "" }), secrets);
        var (other, _) = await Bad(Spec(ssh.Url(_repository.Path), new() { SshKey = "KEY", KnownHosts = ssh.AnotherHostKey }), secrets);
        var (denied, _) = await Bad(Spec(ssh.Url(_repository.Path), new() { SshKey = "KEY", KnownHosts = ssh.HostKey }), new() { ["KEY"] = "-----BEGIN OPENSSH PRIVATE KEY-----\nbm90IGEga2V5\n-----END OPENSSH PRIVATE KEY-----" });
        Assert.Contains("The server's host key is none of the known ones", unknown, StringComparison.Ordinal);
        Assert.Contains("The server's host key is none of the known ones", other, StringComparison.Ordinal);
        Assert.Contains("The server does not let this worker in", denied, StringComparison.Ordinal);
        NothingIsLeft();
    }

    [Fact]
    public async Task The_key_is_a_private_file_while_git_runs_and_goes_when_the_keeper_is_killed()
    {
        await using var engine = await FakeEngine.Start();
        await using var worker = new WorkerUnderTest(engine).Start();
        var tools = Directory.CreateTempSubdirectory("weir-tools-").FullName;
        // An ssh that notes how it was called, and never comes back.
        await File.WriteAllTextAsync(Path.Combine(tools, "ssh"), $"#!/bin/sh\nprintf '%s\\n' \"$@\" > {tools}/arguments.new; stat -c %a \"$2\" >> {tools}/arguments.new; mv {tools}/arguments.new {tools}/arguments; sleep 600\n", TestContext.Current.CancellationToken);
        File.SetUnixFileMode(Path.Combine(tools, "ssh"), UnixFileMode.UserRead | UnixFileMode.UserExecute);
        var command = engine.Order(
            Spec("ssh://git@example.org/x.git", new() { SshKey = "KEY", KnownHosts = "example.org ssh-ed25519 AAAA\n" }) with { Env = new Dictionary<string, string?> { ["PATH"] = $"{tools}:/usr/bin:/bin" } },
            secrets: new() { ["KEY"] = "canary of a key\nsecond line of it" });
        await Eventually.Holds(() => File.Exists(Path.Combine(tools, "arguments")), "git calls ssh");
        var arguments = await File.ReadAllLinesAsync(Path.Combine(tools, "arguments"), TestContext.Current.CancellationToken);
        var key = arguments[1];

        Assert.Equal("-i", arguments[0]);
        Assert.Contains("StrictHostKeyChecking=yes", arguments);
        Assert.Contains("git@example.org", arguments);
        Assert.Equal("600", arguments[^1]);
        Assert.Equal("canary of a key\nsecond line of it\n", await File.ReadAllTextAsync(key, TestContext.Current.CancellationToken));
        Assert.DoesNotContain(arguments, a => a.Contains("canary", StringComparison.Ordinal));

        await worker.KillKeeper();
        Assert.Equal(EndKind.Lost, (await command.End()).Kind);
        await Eventually.Holds(() => !File.Exists(key), "the key is gone");
        Directory.Delete(tools, recursive: true);
    }
}
