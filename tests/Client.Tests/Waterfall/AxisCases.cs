using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using Weir.App.Client.Waterfall;

namespace Weir.Client.Tests.Waterfall;

/// <summary>The cases that C# and TypeScript both must answer alike: written by hand as what happened and what is seen.</summary>
internal static class AxisCases
{
    public static string Folder { get; } = Path.Combine(Root(), "tests", "Client.Tests", "Waterfall");
    public static string ScriptFolder { get; } = Path.Combine(Root(), "App.Client", "ts");

    public static JsonArray All() => JsonNode.Parse(File.ReadAllText(Path.Combine(Folder, "axis-cases.json")))!.AsArray();

    public static (Axis Axis, AxisInput Input) AxisOf(JsonNode given)
    {
        var input = new AxisInput(given["from"]!.GetValue<long>(), given["to"]!.GetValue<long>(), given["zoom"]!.GetValue<double>(), given["columns"]!.GetValue<int>(), given["runningAtFrom"]!.GetValue<int>(),
            [.. given["events"]!.AsArray().Select(e => new AxisEvent(e![0]!.GetValue<long>(), e[1]!.GetValue<int>()))], [.. given["open"]!.AsArray().Select(o => o!.GetValue<long>())]);
        return (new(input), input);
    }

    public static IReadOnlyList<LayoutBlock> Blocks(JsonNode given) =>
        [.. given["blocks"]!.AsArray().Select(b => new LayoutBlock(b![0]!.GetValue<long>(), b[1]!.GetValue<long>(), b[2]?.GetValue<long>(), b[3]!.GetValue<int>()))];

    /// <summary>What an implementation says of a case, in words that can be compared: numbers to a hundredth.</summary>
    public static string Answer(JsonNode given)
    {
        var (axis, _) = AxisOf(given);
        static string N(double n) => (Math.Round(n * 100, MidpointRounding.AwayFromZero) / 100).ToString("0.##", CultureInfo.InvariantCulture);
        var lines = new List<string>
        {
            "knots " + string.Join(' ', axis.Knots.Select(k => $"{k.At}:{N(k.Y)}")),
            "folds " + string.Join(' ', axis.Folds.Select(f => $"{f.From}-{f.To}@{N(f.Y)}")),
            "slow " + string.Join(' ', axis.Slow.Select(f => $"{f.From}-{f.To}@{N(f.Y)}")),
        };
        lines.AddRange(ColumnLayout.Place(Blocks(given), axis).Select(b => $"box {b.Id} {N(b.Bottom)}+{N(b.Height)} lane {b.Lane}/{b.Lanes}{(b.Running ? " running" : "")} rank {b.Rank} members {string.Join(',', b.Members)}"));
        var ends = Blocks(given).Where(b => b.End is { } end && end <= given["to"]!.GetValue<long>()).Select(b => (b.End!.Value, b.Rank));
        lines.Add("cells " + string.Join(' ', SlotCells.Of(ends, axis).Select(c => $"{c.Slot}x{c.Count}:{c.Rank}")));
        return string.Join('\n', lines);
    }

    /// <summary>Bundles a script of this folder with the page's modules and runs it.</summary>
    public static async Task<string> RunNode(string script, CancellationToken cancellation)
    {
        var output = Path.Combine(Path.GetTempPath(), $"weir-{Path.GetFileNameWithoutExtension(script)}-{Environment.ProcessId}.mjs");
        try
        {
            await Run(Tool("esbuild"), [script, "--bundle", "--format=esm", "--platform=node", "--log-level=warning", $"--outfile={output}"], cancellation);
            return await Run("node", [output], cancellation);
        }
        finally
        {
            File.Delete(output);
        }
    }

    /// <summary>What the compiler says of all scripts of the pages; nothing when they are well.</summary>
    public static Task<string> CheckTypes(CancellationToken cancellation) => Run(Tool("tsc"), ["--noEmit", "-p", ScriptFolder], cancellation);

    private static string Tool(string name) => Path.Combine(ScriptFolder, "node_modules", ".bin", OperatingSystem.IsWindows() ? name + ".cmd" : name);

    private static async Task<string> Run(string program, string[] arguments, CancellationToken cancellation)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { WorkingDirectory = Folder, RedirectStandardOutput = true, RedirectStandardError = true })!;
        var errors = process.StandardError.ReadToEndAsync(cancellation);
        var text = await process.StandardOutput.ReadToEndAsync(cancellation);
        await process.WaitForExitAsync(cancellation);
        Assert.True(process.ExitCode == 0, $"{program} ended with {process.ExitCode}: {text}{await errors}");
        return text;
    }

    private static string Root()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Weir.slnx")))
                return folder.FullName;
        }
        throw new InvalidOperationException("The tests do not run inside the repository.");
    }
}
