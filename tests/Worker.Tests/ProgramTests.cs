using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Weir.Shared.Protocol;
using Weir.Worker.Tests.Support;

namespace Weir.Worker.Tests;

public sealed class ProgramTests
{
    [Fact]
    public async Task What_is_missing_is_said_all_at_once()
    {
        var (exit, output) = await WorkerUnderTest.RunProgram(null);

        Assert.Equal(2, exit);
        Assert.Contains("--url is missing", output, StringComparison.Ordinal);
        Assert.Contains("The token is missing", output, StringComparison.Ordinal);
        Assert.Contains("--name is missing", output, StringComparison.Ordinal);
        Assert.Contains("Usage: weir-worker --url URL", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"nonsense\" is not an address", "--url", "nonsense", "--name", "w", "--token", "t")]
    [InlineData("\"ftp://x\" is not an address", "--url", "http://a,ftp://x", "--name", "w", "--token", "t")]
    [InlineData("--token-file:", "--url", "http://a", "--name", "w", "--token-file", "/no/such/file")]
    [InlineData("characters that no token has", "--url", "http://a", "--name", "w", "--token", "two words")]
    [InlineData("cannot be used", "--url", "http://a", "--name", "w", "--token", "t", "--work", "/proc/nothing")]
    [InlineData("too little", "--url", "http://a", "--name", "w", "--token", "t", "--journal-limit", "5")]
    [InlineData("--ulr", "--ulr", "http://a")]
    public async Task What_is_wrong_is_said(string expected, params string[] arguments)
    {
        var (exit, output) = await WorkerUnderTest.RunProgram(null, arguments);

        Assert.Equal(2, exit);
        Assert.Contains(expected, output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_token_that_is_not_accepted_ends_the_worker()
    {
        await using var engine = await FakeEngine.Start();
        await using var worker = new WorkerUnderTest(engine) { Token = "bad-token" }.Start();
        await worker.Agent.WaitForExitAsync(TestContext.Current.CancellationToken);

        Assert.Equal(3, worker.Agent.ExitCode);
        Assert.Contains("does not accept the token", worker.Output, StringComparison.Ordinal);
        await Eventually.Holds(() => worker.Keeper is null, "the keeper leaves");
    }

    [Fact]
    public async Task A_certificate_that_is_not_trusted_is_told()
    {
        using var key = RSA.Create(2048);
        using var certificate = new CertificateRequest("CN=127.0.0.1", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1).CreateSelfSigned(DateTimeOffset.UnixEpoch.AddYears(50), DateTimeOffset.UnixEpoch.AddYears(150));
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var greeting = Task.Run(async () =>
        {
            using var client = await listener.AcceptTcpClientAsync(TestContext.Current.CancellationToken);
            await using var tls = new SslStream(client.GetStream());
            await Assert.ThrowsAnyAsync<Exception>(async () =>
            {
                await tls.AuthenticateAsServerAsync(certificate);
                _ = await tls.ReadAsync(new byte[1]) is 0 ? throw new IOException("It went away.") : 0;
            });
        }, TestContext.Current.CancellationToken);
        await using var worker = new WorkerUnderTest($"https://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}").Start();

        await Eventually.Holds(() => worker.Output.Contains("The remote certificate is invalid", StringComparison.Ordinal), "the reason is told");
        await greeting;
    }

    [Fact]
    public async Task As_machine_code_it_is_one_file_and_needs_no_runtime()
    {
        Assert.SkipUnless(WorkerUnderTest.IsMachineCode, "workers are programs of the runtime here: that takes ./test and a C compiler (Debian: apt-get install gcc libc6-dev)");
        await using var engine = await FakeEngine.Start();
        var alone = Directory.CreateTempSubdirectory("weir-alone-");
        var program = Path.Combine(alone.FullName, "weir-worker");
        File.Copy(WorkerUnderTest.Program[0], program);
        await using var worker = new WorkerUnderTest(engine) { Itself = [program] }.Start(environment: new Dictionary<string, string> { ["DOTNET_ROOT"] = "/nowhere", ["PATH"] = "/usr/bin:/bin" });

        Assert.Equal(0, (await engine.Shell("true").End()).ExitCode);
        var keeper = worker.Keeper;
        Assert.NotNull(keeper);
        Assert.Equal(program, new FileInfo($"/proc/{keeper}/exe").LinkTarget);
        Assert.DoesNotContain("coreclr", await File.ReadAllTextAsync($"/proc/{keeper}/maps", TestContext.Current.CancellationToken), StringComparison.Ordinal);
        alone.Delete(recursive: true);
    }

    [Fact]
    public async Task A_refusal_is_shown_in_words()
    {
        await using var engine = await FakeEngine.Start();
        engine.Greet = _ => new Welcome { Refusal = "Another installation is connected under this name." };
        await using var worker = new WorkerUnderTest(engine).Start();

        await Eventually.Holds(() => worker.Output.Contains("refuses this worker: Another installation is connected under this name.", StringComparison.Ordinal), "the refusal is shown");
        Assert.False(worker.Agent.HasExited);
    }

    [Fact]
    public async Task One_directory_has_one_worker()
    {
        await using var engine = await FakeEngine.Start();
        await using var worker = new WorkerUnderTest(engine).Start();
        await engine.Shell("true").End();
        var (exit, output) = await WorkerUnderTest.RunProgram(null, "--url", engine.Address.ToString(), "--name", "w", "--token", FakeEngine.Token, "--work", worker.Work);

        Assert.Equal(4, exit);
        Assert.Contains("Another weir-worker works in", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_hello_says_who_and_where()
    {
        await using var engine = await FakeEngine.Start();
        await using var worker = new WorkerUnderTest(engine).Start();
        await engine.Shell("true").End();
        var hello = engine.Hellos[0];

        Assert.Equal("w1", hello.Name);
        Assert.Equal(Environment.MachineName, hello.Info.Host);
        Assert.Equal(Environment.ProcessorCount, hello.Info.Cores);
        Assert.StartsWith("2.", hello.Info.Git, StringComparison.Ordinal);
        Assert.StartsWith((await File.ReadAllTextAsync("/proc/sys/kernel/random/boot_id", TestContext.Current.CancellationToken)).Trim() + "/", hello.Boot, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_work_directory_may_have_a_very_long_path()
    {
        await using var engine = await FakeEngine.Start();
        await using var worker = new WorkerUnderTest(engine) { Below = string.Join('/', Enumerable.Repeat(new string('d', 60), 4)) }.Start();

        Assert.Equal(0, (await engine.Shell("true").End()).ExitCode);
    }

    [Fact]
    public async Task An_engine_may_come_late()
    {
        var early = await FakeEngine.Start();
        var port = early.Address.Port;
        await early.DisposeAsync();
        await using var worker = new WorkerUnderTest($"http://127.0.0.1:{port}").Start();
        await Eventually.Holds(() => worker.Output.Contains("No connection to", StringComparison.Ordinal), "it has tried");
        await using var engine = await FakeEngine.Start(port);

        Assert.Equal(0, (await engine.Shell("true").End()).ExitCode);
    }
}
