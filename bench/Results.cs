using System.Globalization;
using System.Text.Json;

namespace Weir.Bench;

/// <summary>Result lines: one JSON object for each measurement, with one value per repetition and <c>n</c>, the work within one repetition.</summary>
internal sealed class Results(TextWriter file, string peer)
{
    private static readonly JsonSerializerOptions Written = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    private sealed record Line(string Peer, string Name, string Unit, long N, double Min, double Median, double Max, double[] Values, double Load1);

    public void Add(string name, string unit, IEnumerable<double> values, long n)
    {
        var rounded = values.Select(v => double.Parse(v.ToString("G5", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture)).ToArray();
        var line = JsonSerializer.Serialize(new Line(peer, name, unit, n, rounded.Min(), Quantiles.Median(rounded), rounded.Max(), rounded, Machine.Load()), Written);
        file.WriteLine(line);
        file.Flush();
        Console.WriteLine(line);
    }

    public void Failed(string name, Exception error)
    {
        file.WriteLine(JsonSerializer.Serialize(new { peer, name, error = error.ToString() }));
        file.Flush();
        Console.Error.WriteLine($"{name} failed: {error}");
    }
}

/// <summary>Nearest ranks, as the other side of a comparison takes them.</summary>
internal static class Quantiles
{
    public static double At(IEnumerable<double> values, double q)
    {
        var ordered = values.Order().ToArray();
        return ordered[Math.Max(0, (int)Math.Ceiling(q * ordered.Length) - 1)];
    }

    public static double Median(IEnumerable<double> values)
    {
        var ordered = values.Order().ToArray();
        var middle = ordered.Length / 2;
        return ordered.Length % 2 == 1 ? ordered[middle] : (ordered[middle - 1] + ordered[middle]) / 2;
    }
}
