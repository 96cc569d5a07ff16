using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Weir.Worker.Tests.Support;

/// <summary>A real sshd on 127.0.0.1 that lets one key in.</summary>
public sealed class SshServer : IAsyncDisposable
{
    private const string Program = "/usr/sbin/sshd";
    private readonly Process _server;
    private readonly string _folder;

    private SshServer(Process server, string folder, int port)
    {
        _server = server;
        _folder = folder;
        Port = port;
    }

    public int Port { get; }
    public string Key => File.ReadAllText(Path.Combine(_folder, "user"));
    public string HostKey => $"[127.0.0.1]:{Port} {File.ReadAllText(Path.Combine(_folder, "host.pub"))}";

    /// <summary>A key that nobody knows.</summary>
    public string AnotherHostKey => $"[127.0.0.1]:{Port} {File.ReadAllText(Path.Combine(_folder, "user.pub"))}";

    public string Url(string path) => $"ssh://{Environment.UserName}@127.0.0.1:{Port}{path}";

    /// <summary>Null, with the reason, where there is no sshd to start.</summary>
    public static async Task<(SshServer? Server, string Why)> Start()
    {
        if (!File.Exists(Program))
            return (null, $"{Program} is not installed");
        try
        {
            // An sshd that root starts wants it.
            if (Environment.IsPrivilegedProcess)
                Directory.CreateDirectory("/run/sshd");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return (null, e.Message);
        }
        var folder = Directory.CreateTempSubdirectory("weir-sshd-").FullName;
        foreach (var key in new[] { "host", "user" })
        {
            using var made = Process.Start("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", Path.Combine(folder, key)]);
            await made.WaitForExitAsync();
        }
        var port = FreePort();
        await File.WriteAllTextAsync(Path.Combine(folder, "config"), $"""
            Port {port}
            ListenAddress 127.0.0.1
            HostKey {folder}/host
            PidFile none
            AuthorizedKeysFile {folder}/user.pub
            StrictModes no
            UsePAM no
            PasswordAuthentication no
            """);
        var server = Process.Start(new ProcessStartInfo(Program, ["-D", "-e", "-f", Path.Combine(folder, "config")]) { RedirectStandardError = true })!;
        _ = server.StandardError.ReadToEndAsync();
        await Eventually.Holds(() => server.HasExited || Answers(port), "the ssh server listens");
        return server.HasExited ? (null, "sshd did not start") : (new(server, folder, port), "");
    }

    public async ValueTask DisposeAsync()
    {
        _server.Kill(entireProcessTree: true);
        await _server.WaitForExitAsync();
        _server.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static bool Answers(int port)
    {
        try
        {
            using var client = new TcpClient("127.0.0.1", port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
