using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace Weir.Whole.Tests.B;

/// <summary>B1, B4: the private PostgreSQL is killed in mid-step; the master brings it up again by itself, and nothing is lost or done twice.</summary>
public sealed class StoreCrashTests
{
    [Fact]
    [Trait("Category", "Slow")]
    public async Task PostgreSQL_killed_in_mid_step()
    {
        var ledger = Path.GetTempFileName();
        await using var weir = await Installation.Create(SurvivalTests.Config(ledger));
        var master = await weir.StartMaster("own", ownStore: true);
        weir.StartWorker("w1", await weir.WorkerToken(master, "w1"), master.Url);
        var forced = await master.Http.PostAsync("/api/v2/forceschedulers/force/actions/force", new StringContent("{}", System.Text.Encoding.UTF8, "application/json"));
        Assert.True(forced.IsSuccessStatusCode, await forced.Content.ReadAsStringAsync());
        await Installation.Eventually(async () => await Lines(master) > 50, "the first lines", () => master.Process.Output);

        foreach (var server in Servers(weir.Directory))
            server.Kill();

        await Installation.Eventually(async () => (await Get(master, "/api/v2/builds/1")) is { } json && json.RootElement.GetProperty("builds")[0].GetProperty("complete").GetBoolean(),
            "the end of the build", () => master.Process.Output, 90);
        using var build = (await Get(master, "/api/v2/builds/1"))!;
        Assert.Equal(0, build.RootElement.GetProperty("builds")[0].GetProperty("results").GetInt32());
        Assert.Equal(2, (await File.ReadAllLinesAsync(ledger)).Length);
        Assert.Equal(SurvivalTests.Expected, await master.Http.GetStringAsync("/logs/2/raw"));
        using var builds = (await Get(master, "/api/v2/builds"))!;
        Assert.Equal(1, builds.RootElement.GetProperty("builds").GetArrayLength());
        Assert.Equal(0, await master.Process.Terminate(30));
        Assert.Empty(Servers(weir.Directory));
        File.Delete(ledger);
    }

    private static async Task<long> Lines(Installation.Master master) =>
        await Get(master, "/api/v2/logs/2") is { } json ? json.RootElement.GetProperty("logs")[0].GetProperty("num_lines").GetInt64() : 0;

    private static async Task<JsonDocument?> Get(Installation.Master master, string path)
    {
        try
        {
            using var answer = await master.Http.GetAsync(path);
            return answer.IsSuccessStatusCode ? JsonDocument.Parse(await answer.Content.ReadAsStringAsync()) : null;
        }
        catch (HttpRequestException)
        {
            return null;
        }
    }

    // The postmaster and its children, known by the folder they work in.
    internal static List<Process> Servers(string directory)
    {
        var found = new List<Process>();
        foreach (var entry in Directory.EnumerateDirectories("/proc"))
        {
            try
            {
                if (int.TryParse(Path.GetFileName(entry), CultureInfo.InvariantCulture, out var id) && new FileInfo(Path.Combine(entry, "cwd")).LinkTarget is { } cwd
                    && (cwd.StartsWith(directory, StringComparison.Ordinal) || Place(directory) is { } place && cwd.StartsWith(place, StringComparison.Ordinal))
                    && (File.ReadAllText(Path.Combine(entry, "comm"))).StartsWith("postgres", StringComparison.Ordinal))
                    found.Add(Process.GetProcessById(id));
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
            {
                // It has just ended.
            }
        }
        return found;
    }

    // Where the cluster lies when the server's account cannot enter our folder.
    private static string? Place(string directory)
    {
        var note = Path.Combine(directory, "own", "postgres", "place");
        return File.Exists(note) ? File.ReadAllText(note).Trim() : null;
    }
}
