using System.Diagnostics;
using System.Globalization;

namespace Weir.Bench;

/// <summary>What all cases share: the server, where results go, how often each is repeated.</summary>
internal sealed record Bench(Server Server, Results Results, int Repeat, string Directory)
{
    public const int BigLogLines = 1_000_000;

    public string Stamps => Path.Combine(Directory, "stamps");
    public string BigLog => Path.Combine(Directory, "biglog.txt");

    public string Configuration(int workers, params string[] groups) => Configurations.Of(Stamps, BigLog, workers, 0, groups);

    public Task<Site> Site(params string[] groups) => Weir.Bench.Site.Start(Server, Configuration(8, groups));

    /// <summary>The time that a step wrote under this name, in milliseconds of the epoch.</summary>
    public async Task<double> Stamp(string name)
    {
        var path = Path.Combine(Stamps, name);
        var began = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(began).TotalSeconds < 30)
        {
            if (File.Exists(path) && double.TryParse(await File.ReadAllTextAsync(path), CultureInfo.InvariantCulture, out var seconds))
            {
                File.Delete(path);
                return seconds * 1000;
            }
            await Task.Delay(5);
        }
        throw new TimeoutException($"stamp {name}: not within 30 s");
    }

    /// <summary>Milliseconds from just before a change is posted to the step's own clock, one change at a time; and how long each post took.</summary>
    public async Task<(List<double> Found, List<double> Posts)> Latencies(Site site, int count, string tag, Client? through = null, bool rest = true)
    {
        var (found, posts) = (new List<double>(), new List<double>());
        for (var i = 0; i < count; i++)
        {
            var revision = string.Create(CultureInfo.InvariantCulture, $"{tag}-{i}");
            var began = Now;
            await (through ?? site.Http).Change("latency", revision);
            posts.Add(Now - began);
            found.Add(await Stamp(revision) - began);
            await site.Idle(30);
            if (rest)
                await Task.Delay(100);
        }
        return (found, posts);
    }

    public void AddLatencies(string name, IReadOnlyList<List<double>> runs, int n)
    {
        foreach (var q in new[] { 50, 90, 99 })
            Results.Add($"{name}_p{q}", "ms", runs.Select(r => Quantiles.At(r, q / 100.0)), n);
    }

    public void WriteBigLog()
    {
        if (File.Exists(BigLog))
            return;
        // 1,000,000 lines of 80 bytes with the newline; about as compressible as a build's log.
        using var file = new StreamWriter(BigLog + ".new");
        for (var i = 0; i < BigLogLines; i++)
        {
            var sum = Convert.ToHexStringLower(System.Security.Cryptography.MD5.HashData(System.Text.Encoding.ASCII.GetBytes(i.ToString(CultureInfo.InvariantCulture))));
            var line = string.Create(CultureInfo.InvariantCulture, $"{i:0000000} [{i * 37L % 1000:000}] CC src/mod{i % 97:00}/f{i % 1009:0000}.o {sum}");
            file.Write(line.PadRight(79, '.')[..79]);
            file.Write('\n');
        }
        file.Close();
        File.Move(BigLog + ".new", BigLog);
    }

    public static double Now => (DateTime.UtcNow - DateTime.UnixEpoch).TotalMilliseconds;
}
