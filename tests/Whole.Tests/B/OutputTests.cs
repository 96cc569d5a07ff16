using System.Globalization;
using System.Security.Cryptography;

namespace Weir.Whole.Tests.B;

/// <summary>B4, F3: whatever a step prints arrives complete to the byte.</summary>
public sealed class OutputTests
{
    private static string Config(string command) => $$"""
        weir: 1
        workers: { w1: {} }
        schedulers:
          force: { type: force, builders: [out] }
        builders:
          out:
            steps:
              - name: print
                run: {{command}}
        """;

    private static async Task<(Installation Weir, Installation.Master Master, long Log)> Print(string command)
    {
        var weir = await Installation.Create(Config(command));
        try
        {
            var master = await weir.StartMaster("one");
            weir.StartWorker("w1", await weir.WorkerToken(master, "w1"), master.Url);
            var request = await weir.Force(master, "out");
            Assert.Equal(0, await weir.ResultOf(request, 90));
            return (weir, master, await weir.Sql<long>("SELECT id FROM logs"));
        }
        catch
        {
            await weir.DisposeAsync();
            throw;
        }
    }

    [Fact]
    public async Task Binary_rubbish()
    {
        var file = Path.GetTempFileName();
        var rubbish = RandomNumberGenerator.GetBytes(3_000_000);
        await File.WriteAllBytesAsync(file, rubbish);
        var (weir, master, log) = await Print($"[cat, {file}]");
        await using var _ = weir;

        Assert.Equal(rubbish, await master.Http.GetByteArrayAsync($"/logs/{log}/raw"));
        Assert.True((await master.Http.GetAsync($"/logs/{log}")).IsSuccessStatusCode);
        Assert.True((await master.Http.GetAsync($"/api/v2/logs/{log}/contents?limit=100")).IsSuccessStatusCode);
        File.Delete(file);
    }

    /// <summary>40 MB here, 200 MB with <c>./test --slow</c>; the master's memory stays flat.</summary>
    [Fact]
    public async Task A_great_deal_of_output()
    {
        var lines = Environment.GetEnvironmentVariable("WEIR_TEST_SLOW") == "1" ? 2_500_000 : 500_000;
        var (weir, master, log) = await Print(string.Create(CultureInfo.InvariantCulture, $"\"seq -f 'line %012.0f of a great deal of output, eighty bytes in each of its lines..' 1 {lines}\""));
        await using var _ = weir;

        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        await using (var raw = await master.Http.GetStreamAsync($"/logs/{log}/raw"))
        {
            var buffer = new byte[1 << 16];
            for (int n; (n = await raw.ReadAsync(buffer)) > 0;)
                hash.AppendData(buffer, 0, n);
        }
        using var expected = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        for (var i = 1; i <= lines; i++)
            expected.AppendData(System.Text.Encoding.ASCII.GetBytes($"line {i:D12} of a great deal of output, eighty bytes in each of its lines..\n"));
        Assert.Equal(expected.GetHashAndReset(), hash.GetHashAndReset());
        var peak = long.Parse((await File.ReadAllLinesAsync($"/proc/{master.Process.Id}/status")).First(l => l.StartsWith("VmHWM", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) / 1024;
        Assert.True(peak < 600, $"The master's memory went up to {peak} MB.");
    }
}
