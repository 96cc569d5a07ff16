using System.Diagnostics;
using System.Text.Json.Nodes;
using Weir.Support;

namespace Weir.Server.Tests.Cli;

/// <summary>Runs the <c>weir</c> command as a shell does, with a home of its own: in a pipe, or at a terminal of a given width.</summary>
public sealed class CommandShell : IDisposable
{
    public static string Program { get; } = RepositoryRoot.Below("artifacts/bin/Cli/debug/weir");

    public DirectoryInfo Home { get; } = Directory.CreateTempSubdirectory("weir-cli-");

    public Dictionary<string, string?> Environment { get; } = [];

    public string WorkingDirectory { get; set; } = Path.GetTempPath();

    public sealed record Result(int Code, string Output, string Errors)
    {
        public JsonNode Json => JsonNode.Parse(Output)!;

        public string[] Lines => Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    public async Task SignIn(TestMaster master, string user = "admin") => Assert.Equal(0, (await Run(TestMaster.Password, "login", "--server", master.Url, "--user", user, "--password-stdin")).Code);

    public async Task<Result> Run(string? input, params string[] arguments)
    {
        using var process = Start(arguments);
        if (input is not null)
            await process.StandardInput.WriteLineAsync(input);
        process.StandardInput.Close();
        return await End(process);
    }

    public Process Start(params string[] arguments) => Process.Start(StartInfo(Program, arguments))!;

    public static async Task<Result> End(Process process)
    {
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return new(process.ExitCode, await output, errors);
    }

    /// <summary>At a terminal (a pseudo-terminal of <c>script</c>), whose output and errors are one.</summary>
    public async Task<Result> AtTerminal(int columns, params string[] arguments)
    {
        var command = string.Join(' ', arguments.Prepend(Program).Select(a => "'" + a.Replace("'", "'\\''") + "'"));
        using var process = Process.Start(StartInfo("script", ["-qec", $"stty cols {columns} rows 50; {command}", "/dev/null"]))!;
        process.StandardInput.Close();
        return (await End(process)) is var result ? result with { Output = result.Output.Replace("\r\n", "\n") } : result;
    }

    public void Dispose() => Home.Delete(recursive: true);

    private ProcessStartInfo StartInfo(string program, string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = WorkingDirectory };
        start.Environment["XDG_CONFIG_HOME"] = Home.FullName;
        start.Environment["XDG_CACHE_HOME"] = Path.Combine(Home.FullName, "cache");
        start.Environment["TERM"] = "xterm-256color";
        foreach (var name in new[] { "WEIR_URL", "WEIR_SERVER", "WEIR_TOKEN", "NO_COLOR" })
            start.Environment.Remove(name);
        foreach (var (name, value) in Environment)
            start.Environment[name] = value;
        return start;
    }
}
