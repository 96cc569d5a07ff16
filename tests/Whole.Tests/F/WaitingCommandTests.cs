using System.Net.Http.Json;

namespace Weir.Whole.Tests.F;

/// <summary>A10, A4 from the command line: revisions that wait for a build that runs, and requests that lack what a newer configuration requires.</summary>
public sealed class WaitingCommandTests
{
    private const string Base = """
        weir: 1
        workers: { w1: {} }
        schedulers: { force: { type: force, builders: [long, later] } }
        builders:
          long: { steps: [ { run: "while [ ! -e GATE ]; do sleep 0.1; done" } ] }
        """;

    private const string Before = "weir: 1\nbuilders:\n  later: { workers: { tags: [none] }, steps: [ { run: \"true\" } ] }\nworkers: { w2: { tags: [none] } }\n";
    private const string Asking = "weir: 1\nbuilders:\n  later: { workers: { tags: [none] }, properties: { stage: { required: true, description: Where to }, jobs: { type: int, required: true } }, steps: [ { run: \"true\" } ] }\nworkers: { w2: { tags: [none] } }\n";

    [Fact]
    public async Task Revisions_wait_are_dropped_and_wait_no_longer_and_requests_are_filled()
    {
        var gate = Path.Combine(Path.GetTempPath(), $"weir-gate-{Environment.ProcessId}-{Installation.FreePort()}");
        await using var weir = await Installation.Create(Base.Replace("GATE", gate, StringComparison.Ordinal));
        var master = await weir.StartMaster("one", configured: false);
        weir.StartWorker("w1", await weir.WorkerToken(master, "w1"), master.Url);
        var shell = new Shell(weir, master);
        await shell.SignIn();
        await shell.Says(5, "There is no revision to come.", "config", "cancel");
        await shell.Says(5, "There is no revision to come.", "config", "enforce");
        await shell.Says(2, "Cannot parse argument 'soon'", "config", "cancel", "soon");
        var ci = Directory.CreateDirectory(Path.Combine(weir.Directory, "ci")).FullName;
        File.Copy(weir.Configuration, Path.Combine(ci, "weir.yaml"));
        await File.WriteAllTextAsync(Path.Combine(ci, "later.yaml"), Before);
        await shell.Says(0, "Revision 1 is in force.", "config", "apply", ci);
        await shell.Says(5, "There is no revision 99.", "config", "cancel", "99");
        await shell.Says(1, "", "config", "cancel", "1");
        await shell.Says(1, "", "config", "enforce", "1");

        // A build runs, and a request waits for a worker that never comes.
        await shell.Says(0, "", "force", "-b", "long");
        await weir.Until(async () => await weir.Sql<long?>("SELECT id FROM builds WHERE completed_at IS NULL"), "the build");
        await shell.Says(0, "", "force", "-b", "later");
        var request = await weir.Sql<long>("SELECT max(id) FROM requests");

        await File.WriteAllTextAsync(Path.Combine(ci, "later.yaml"), Asking);
        await shell.Says(1, "There is no builder \"lomg\" for which it could wait. Did you mean \"long\"?", "config", "apply", ci, "--when-idle", "lomg");
        await shell.Says(2, "is no moment", "config", "apply", ci, "--when-idle", "--deadline", "soon");
        await shell.Says(2, "It means something only together with when_idle.", "config", "apply", ci, "--deadline", "2h");
        await shell.Says(2, "", "config", "apply", ci, "--when-idle", "--now");
        await shell.Says(2, "", "config", "apply", ci, "--when-idle", "--at-deadline", "explode");
        await shell.Says(0, "Revision 2 is good, and waits. It waits until long is idle.", "config", "apply", ci, "--when-idle", "long", "--deadline", "8h", "--at-deadline", "drop", "--reason", "tonight");
        await shell.Says(0, "2\twaiting_for_idle", "config", "history");

        // Who may not configure drops nothing; the admin does, once.
        await master.Http.PostAsJsonAsync("/api/v2/users", new { name = "dora", password = Installation.Password, rights = new[] { "force" } });
        var dora = new Shell(weir, master, "dora");
        await dora.SignIn();
        await dora.Says(4, "This needs the right \"configure\", which dora does not have. `weir whoami` shows what you may.", "config", "cancel");
        await dora.Says(4, "This needs the right \"configure\"", "config", "enforce", "2");
        await shell.Says(0, "Revision 2 was dropped.", "config", "cancel", "--reason", "not tonight");
        await shell.Says(1, "", "config", "cancel", "2");
        Assert.Equal("config.cancel admin revision 2 dropped: not tonight", await weir.Sql<string>("SELECT action || ' ' || actor || ' ' || reason FROM audit ORDER BY id DESC LIMIT 1"));
        await dora.Says(0, "", "fill", $"{request}");

        // Again, and then at once, while the build still runs.
        await shell.Says(0, "and waits", "config", "apply", ci, "--when-idle");
        var enforced = await shell.Says(0, "is in force.", "config", "enforce", "--reason", "now");
        Assert.DoesNotContain("waits", enforced.Output, StringComparison.Ordinal);
        Assert.True(await weir.Sql<bool>("SELECT completed_at IS NULL FROM builds"));

        // The request lacks what its builder has come to require.
        await Installation.Eventually(async () => await weir.Sql<string?>("SELECT wait_kind FROM open_requests WHERE request_id = @request", new { request }) == "SetAside", "the request to be set aside");
        Assert.Equal(["stage", "jobs"], (await dora.Run("fill", $"{request}")).Lines.Select(l => l.Split('\t')[0]));
        await dora.Says(2, "\"stage\": NAME=VALUE is expected.", "fill", $"{request}", "stage");
        await dora.Says(2, "jobs: A whole number was expected.", "fill", $"{request}", "stage=edge", "jobs=many");
        await dora.Says(2, "It lacks no such property. It lacks: stage, jobs.", "fill", $"{request}", "stage=edge", "jobs=4", "stagge=x");
        await dora.Says(2, "jobs: It is required.", "fill", $"{request}", "stage=edge");
        await dora.Says(2, "stage: It is given twice.", "fill", $"{request}", "stage=edge", "stage=rim", "jobs=4");
        await dora.Says(2, "Cannot parse argument", "fill", "first", "stage=edge");
        await dora.Says(5, "There is no request 999999.", "fill", "999999");
        await dora.Says(5, "There is no request 999999.", "fill", "999999", "stage=edge");
        await master.Http.PostAsJsonAsync("/api/v2/users", new { name = "reader", password = Installation.Password, rights = Array.Empty<string>() });
        var reader = new Shell(weir, master, "reader");
        await reader.SignIn();
        await reader.Says(4, "This needs the right \"force\"", "fill", $"{request}", "stage=edge", "jobs=4");
        await dora.Says(0, $"Request {request} is complete, and waits like any other.", "fill", $"{request}", "stage=edge", "jobs=4", "--reason", "asked by phone");
        await dora.Says(1, "", "fill", $"{request}", "stage=edge", "jobs=4");

        await File.WriteAllTextAsync(gate, "");
        await weir.Until(async () => await weir.Sql<long?>("SELECT id FROM builds WHERE completed_at IS NOT NULL"), "the build's end");
        File.Delete(gate);
    }
}
