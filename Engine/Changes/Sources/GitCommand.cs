using System.ComponentModel;
using System.Diagnostics;
using System.Text;

namespace Weir.Engine.Changes.Sources;

/// <summary>
/// Runs git on a master: with an environment of its own (nothing of ours, no configuration of the machine, no prompts, ordinary transports only, no hooks), with a limit
/// of time and of output, and never through a shell.
/// </summary>
internal sealed class GitCommand(string home, TimeProvider time, GitToken? token = null)
{
    private const int MaxErrors = 16 * 1024;

    private static readonly string[] Inherited =
        ["PATH", "SystemRoot", "TMPDIR", "TEMP", "TMP", "SSH_AUTH_SOCK", "http_proxy", "https_proxy", "HTTPS_PROXY", "no_proxy", "NO_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR"];

    private static readonly string[] Settings =
    [
        "protocol.allow=never", "protocol.https.allow=always", "protocol.http.allow=always", "protocol.ssh.allow=always", "protocol.git.allow=always", "protocol.file.allow=always",
        "http.followRedirects=false", "http.lowSpeedLimit=1000", "http.lowSpeedTime=60", "core.hooksPath=/dev/null", "core.fsmonitor=false", "core.quotePath=false", "core.askPass=",
        "credential.helper=", "gc.autoDetach=false", "fetch.recurseSubmodules=false", "submodule.recurse=false", "advice.detachedHead=false", "init.defaultBranch=main",
    ];

    /// <summary>Runs it and reads its output as text, at most so many bytes.</summary>
    public Task<string> Text(string directory, IReadOnlyList<string> arguments, string? input, int maxBytes, TimeSpan limit, CancellationToken cancellation) =>
        Run(directory, arguments, input, async (output, token) =>
        {
            using var all = new MemoryStream();
            var buffer = new byte[32 * 1024];
            while (await output.ReadAsync(buffer, token) is var count && count > 0)
            {
                if (all.Length + count > maxBytes)
                    throw new GitException($"git {arguments[0]} printed more than {maxBytes / 1024} KiB");
                all.Write(buffer, 0, count);
            }
            return Encoding.UTF8.GetString(all.GetBuffer(), 0, (int)all.Length);
        }, limit, cancellation);

    /// <summary>Runs it; <paramref name="read"/> consumes its output. An exit code other than 0 is a <see cref="GitException"/> with the last words of its errors.</summary>
    public async Task<T> Run<T>(string directory, IReadOnlyList<string> arguments, string? input, Func<Stream, CancellationToken, Task<T>> read, TimeSpan limit, CancellationToken cancellation)
    {
        using var process = Start(directory, arguments);
        using var clock = new CancellationTokenSource(limit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(clock.Token, cancellation);
        try
        {
            var errors = Errors(process.StandardError.BaseStream, either.Token);
            var writing = Write(process, input, either.Token);
            var answer = await read(process.StandardOutput.BaseStream, either.Token);
            await writing;
            var said = await errors;
            await process.WaitForExitAsync(either.Token);
            return process.ExitCode == 0 ? answer : throw new GitException(Words(arguments[0], process.ExitCode, said));
        }
        catch (OperationCanceledException) when (clock.IsCancellationRequested && !cancellation.IsCancellationRequested)
        {
            throw new GitException(FormattableString.Invariant($"git {arguments[0]} took longer than {limit.TotalSeconds:0} s and was ended"));
        }
        finally
        {
            End(process);
        }
    }

    private Process Start(string directory, IReadOnlyList<string> arguments)
    {
        var start = new ProcessStartInfo("git") { WorkingDirectory = home, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        var inherited = Inherited.Where(start.Environment.ContainsKey).Select(name => (name, start.Environment[name])).ToArray();
        start.Environment.Clear();
        foreach (var (name, value) in inherited)
            start.Environment[name] = value;
        start.Environment["HOME"] = home;
        start.Environment["XDG_CONFIG_HOME"] = home;
        start.Environment["LC_ALL"] = "C.UTF-8";
        start.Environment["GIT_CONFIG_NOSYSTEM"] = "1";
        start.Environment["GIT_ATTR_NOSYSTEM"] = "1";
        start.Environment["GIT_TERMINAL_PROMPT"] = "0";
        start.Environment["GIT_ASKPASS"] = "";
        start.Environment["GIT_OPTIONAL_LOCKS"] = "0";
        start.Environment["GIT_SSH_COMMAND"] = "ssh -o BatchMode=yes -o ConnectTimeout=20";
        start.ArgumentList.Add("--git-dir=" + directory);
        foreach (var (name, value) in token?.Variables ?? [])
            start.Environment[name] = value;
        foreach (var setting in Settings.Concat(token?.Settings ?? []))
        {
            start.ArgumentList.Add("-c");
            start.ArgumentList.Add(setting);
        }
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception e)
        {
            throw new GitException($"git could not be started on this master: {e.Message}");
        }
    }

    private static async Task Write(Process process, string? input, CancellationToken cancellation)
    {
        try
        {
            if (input is not null)
                await process.StandardInput.BaseStream.WriteAsync(Encoding.UTF8.GetBytes(input), cancellation);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It ended before it had read everything; its exit code says why.
        }
    }

    private static async Task<string> Errors(Stream stream, CancellationToken cancellation)
    {
        var kept = new MemoryStream();
        var buffer = new byte[4096];
        while (await stream.ReadAsync(buffer, cancellation) is var count && count > 0)
            kept.Write(buffer, 0, (int)Math.Min(count, MaxErrors - kept.Length));
        return Encoding.UTF8.GetString(kept.GetBuffer(), 0, (int)kept.Length);
    }

    private static void End(Process process)
    {
        try
        {
            if (!process.HasExited)
                process.Kill(entireProcessTree: true);
        }
        catch (Exception e) when (e is InvalidOperationException or Win32Exception)
        {
            // It has just ended by itself.
        }
    }

    private static string Words(string command, int exitCode, string errors)
    {
        var lines = errors.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        var telling = lines.Where(l => l.StartsWith("fatal:", StringComparison.Ordinal) || l.StartsWith("error:", StringComparison.Ordinal) || l.StartsWith("remote:", StringComparison.Ordinal)).Take(3).ToArray();
        var words = string.Join(" ", telling.Length > 0 ? telling : lines.TakeLast(2));
        return ChangeText.Fit(GitAddress.WithoutCredentials(words.Length > 0 ? words : $"git {command} ended with {exitCode}"), 1000);
    }
}

/// <summary>git failed; the message says why, fit to be shown.</summary>
internal sealed class GitException(string message, bool ofServer = false) : Exception(message)
{
    /// <summary>The server did not answer as it should, so the mirror is not to blame.</summary>
    public bool IsOfServer => ofServer;
}
