using System.Diagnostics;
using System.Text;
using System.Text.Json.Nodes;

namespace Weir.Whole.Tests.F;

/// <summary>The <c>weir</c> command of one user, with a home of its own.</summary>
internal sealed class Shell(Installation weir, Installation.Master master, string user = "admin")
{
    public sealed record Result(int Code, string Output, string Errors)
    {
        public JsonNode Json => JsonNode.Parse(Output)!;

        public string[] Lines => Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    public async Task SignIn()
    {
        using var login = Start("login", "--user", user, "--password-stdin");
        await login.StandardInput.WriteLineAsync(Installation.Password);
        Assert.Equal(0, (await End(login)).Code);
    }

    public async Task<Result> Run(params string[] arguments)
    {
        using var process = Start(arguments);
        return await End(process);
    }

    /// <summary>It ends with this code, and says these words.</summary>
    public async Task<Result> Says(int code, string words, params string[] arguments)
    {
        var result = await Run(arguments);
        Assert.True(code == result.Code && (result.Output + result.Errors).Contains(words, StringComparison.Ordinal), $"weir {string.Join(' ', arguments)}: {code} and \"{words}\" were expected, not {result.Code}:\n{result.Output}{result.Errors}");
        return result;
    }

    public static string Program { get; } = Path.Combine(AppContext.BaseDirectory, "../../Cli/debug/weir.dll");

    public Process Start(params string[] arguments) => StartIn("dotnet", [Program, .. arguments]);

    public Process StartIn(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = new UTF8Encoding(false),
        };
        start.Environment["XDG_CONFIG_HOME"] = Path.Combine(weir.Directory, "home-" + user);
        start.Environment["WEIR_SERVER"] = master.Url;
        start.Environment.Remove("WEIR_TOKEN");
        return Process.Start(start)!;
    }

    public static async Task<Result> End(Process process)
    {
        process.StandardInput.Close();
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(120));
        var output = process.StandardOutput.ReadToEndAsync(limit.Token);
        var errors = await process.StandardError.ReadToEndAsync(limit.Token);
        await process.WaitForExitAsync(limit.Token);
        return new(process.ExitCode, await output, errors);
    }
}
