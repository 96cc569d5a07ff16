using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.RegularExpressions;
using Npgsql;

namespace Weir.Whole.Tests.B;

/// <summary>
/// B5: a restore as docs/backup.md tells it. A dump is taken with the command that Weir prints while a build runs, put into an empty database, and masters start on it: the worker comes back by itself, what was
/// over is over, what ran goes on or is tried again as the page tells, and the doctor finds nothing.
/// </summary>
public sealed partial class RestoreTests
{
    private static readonly string? Dump = Tool("pg_dump");
    private static readonly string? Restore = Tool("pg_restore");

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_was_dumped_goes_on_from_there(bool isOverWhenRestored)
    {
        Assert.SkipWhen(Dump is null || Restore is null, "pg_dump and pg_restore are not installed (Debian: apt-get install postgresql-client).");
        var ledger = Path.GetTempFileName();
        await using var weir = await Installation.Create(SurvivalTests.Config(ledger));
        var before = await weir.StartMaster("one");
        var token = await weir.WorkerToken(before, "w1");
        weir.StartWorker("w1", token, before.Url);
        var first = await weir.Force(before, "soak");
        Assert.Equal(0, await weir.ResultOf(first));
        var log = await weir.Sql<long>("SELECT max(id) FROM logs");
        var text = await weir.RawLog(before, log);
        var second = await weir.Force(before, "soak");
        var lines = await weir.Sql<long>("SELECT coalesce(sum(line_count), 0)::bigint FROM logs");
        await weir.Until(async () => await weir.Sql<long>("SELECT coalesce(sum(line_count), 0)::bigint FROM logs") > lines + 20 ? 1L : (long?)null, "the second build's first lines");

        var file = Path.Combine(weir.Directory, "weir.dump");
        await Run(weir, await PrintedCommand(before), file);
        if (isOverWhenRestored)
            await weir.ResultOf(second);
        // Told to end it would wait for the build.
        await before.Process.Kill();
        var database = await EmptyDatabase(weir);
        try
        {
            await Run(weir, $"{Restore} {Server(weir)} --dbname={database} {file}", file);
            var connection = new NpgsqlConnectionStringBuilder(weir.Store.Options.ConnectionString) { Database = database }.ConnectionString;
            var after = await weir.StartMaster("one", port: new Uri(before.Url).Port, connection: connection);

            // Running builds first: the worker that still has the command goes on with it; one that is rid of it makes a new attempt.
            await Installation.Eventually(async () => (await Json(after, $"/api/v2/buildrequests/{second}")).GetProperty("buildrequests")[0].GetProperty("complete").GetBoolean(), "the end of the build that ran", () => after.Process.Output, 120);
            Assert.Equal(0, (await Json(after, $"/api/v2/buildrequests/{second}")).GetProperty("buildrequests")[0].GetProperty("results").GetInt32());
            var attempts = (await Json(after, $"/api/v2/buildrequests/{second}/builds")).GetProperty("builds").EnumerateArray().ToArray();
            Assert.Equal(isOverWhenRestored ? 2 : 1, attempts.Length);
            Assert.All(attempts, a => Assert.True(a.GetProperty("complete").GetBoolean()));

            // What was over is as it was, and what is new is new.
            Assert.Equal(0, (await Json(after, $"/api/v2/buildrequests/{first}")).GetProperty("buildrequests")[0].GetProperty("results").GetInt32());
            Assert.Equal(text, await weir.RawLog(after, log));
            var third = (await after.Http.PostAsJsonAsync("/api/v2/forceschedulers/force/actions/force", new { builders = new[] { "soak" } })).EnsureSuccessStatusCode();
            var set = JsonDocument.Parse(await third.Content.ReadAsStringAsync()).RootElement.GetProperty("result")[0].GetInt64();
            await Installation.Eventually(async () => (await Json(after, $"/api/v2/buildsets/{set}")).GetProperty("buildsets")[0].GetProperty("complete").GetBoolean(), "the end of a new build", () => after.Process.Output, 60);
            Assert.All((await Json(after, "/api/v2/store/checks")).GetProperty("checks").EnumerateArray(), c => Assert.True(c.GetProperty("broken").GetInt64() == 0, c.ToString()));
            await after.Process.Terminate(60);
        }
        finally
        {
            NpgsqlConnection.ClearAllPools();
            await weir.Store.Execute($"DROP DATABASE IF EXISTS {database} WITH (FORCE)");
            File.Delete(ledger);
        }
    }

    // What `weir db dump-info` prints, to the letter.
    private static async Task<string> PrintedCommand(Installation.Master master) => (await Json(master, "/api/v2/store/dump")).GetProperty("command").GetString()!;

    private static async Task<string> EmptyDatabase(Installation weir)
    {
        var name = weir.Store.Options.Schema + "_restored";
        await weir.Store.Execute($"CREATE DATABASE {name} TEMPLATE template0");
        return name;
    }

    private static string Server(Installation weir)
    {
        var to = new NpgsqlConnectionStringBuilder(weir.Store.Options.ConnectionString);
        return FormattableString.Invariant($"--host={to.Host} --port={to.Port} --username={to.Username}");
    }

    private static async Task Run(Installation weir, string command, string file)
    {
        var words = FileOption().Replace(command, "--file=" + file).Replace("pg_dump ", Dump + " ", StringComparison.Ordinal).Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var start = new ProcessStartInfo(words[0], words[1..]) { RedirectStandardError = true };
        start.Environment["PGPASSWORD"] = new NpgsqlConnectionStringBuilder(weir.Store.Options.ConnectionString).Password;
        using var process = Process.Start(start)!;
        var said = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, $"{string.Join(' ', words)}: {said}");
    }

    private static async Task<JsonElement> Json(Installation.Master master, string path)
    {
        using var json = JsonDocument.Parse(await master.Http.GetStringAsync(path));
        return json.RootElement.Clone();
    }

    private static string? Tool(string name) => new[] { "/usr/bin/" + name, "/usr/local/bin/" + name }.Concat(Directory.Exists("/usr/lib/postgresql") ? Directory.GetDirectories("/usr/lib/postgresql").Select(d => Path.Combine(d, "bin", name)) : []).FirstOrDefault(File.Exists);

    [GeneratedRegex(@"--file=\S+")]
    private static partial Regex FileOption();
}
