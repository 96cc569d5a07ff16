using System.Diagnostics;
using System.Globalization;
using System.Text;
using Weir.Engine.Configuration.Revisions;
using Weir.Shared.Configuration;
using Weir.Shared.Identity;
using Weir.Support;

namespace Weir.Engine.Tests.Measurements;

/// <summary>What it costs to change one builder of a thousand beside 100 schedulers and 300 workers. Numbers are for people, on a machine they know.</summary>
public sealed class RevisionMeasurements(ITestOutputHelper output)
{
    private static readonly Actor Ada = new("ada", new HashSet<string> { Right.Admin });

    [Fact(Explicit = true)]
    public async Task One_builder_of_a_thousand_is_changed()
    {
        await using var world = await World.Create(new());
        var engine = await world.StartEngine();
        var actions = engine.Get<RevisionActions>();
        var at = 0;
        var (check, apply, written) = (new List<double>(), new List<double>(), new List<double>());
        for (var round = 0; round < 25; round++)
        {
            ConfigurationPart[] parts = [new("weir.yaml", Text(++at))];
            var watch = Stopwatch.StartNew();
            Assert.Empty(await actions.Check(parts, default));
            check.Add(watch.Elapsed.TotalMilliseconds);
            var before = await world.Sql<long>("SELECT pg_current_wal_lsn() - '0/0'");
            watch.Restart();
            Assert.True((await actions.Apply(parts, "one", new(), Ada, default)).Changed);
            apply.Add(watch.Elapsed.TotalMilliseconds);
            written.Add(await world.Sql<long>("SELECT pg_current_wal_lsn() - '0/0'") - before);
        }
        Say("check", check, "ms");
        Say("check and apply", apply, "ms");
        Say("written to the store's log", [.. written.Select(w => w / 1024)], "kB");
    }

    private void Say(string what, List<double> took, string unit)
    {
        var first = took[0];
        took = [.. took.Skip(5).Order()];
        output.WriteLine($"{what,-30} first {first,7:0.0} {unit}, then p50 {took[took.Count / 2],7:0.0}, longest {took[^1],7:0.0}");
    }

    private static string Text(int touched)
    {
        var text = new StringBuilder("weir: 1\ncodebases: { code: { repository: r, branch: main } }\nlocks: { serial: {} }\nworkers:\n");
        for (var i = 0; i < 300; i++)
            text.Append(CultureInfo.InvariantCulture, $"  w{i:000}: {{ tags: [t{i % 10}] }}\n");
        text.Append("schedulers:\n");
        for (var i = 0; i < 100; i++)
            text.Append(CultureInfo.InvariantCulture, $"  s{i:00}: {{ type: single-branch, changes: {{ codebase: code, branch: b{i:00} }}, builders: [{string.Join(", ", Enumerable.Range(i * 10, 10).Select(j => $"b{j:0000}"))}] }}\n");
        text.Append("builders:\n");
        for (var i = 0; i < 1000; i++)
            text.Append(CultureInfo.InvariantCulture, $"  b{i:0000}:\n    workers: {{ tags: [t{i % 10}] }}\n    steps:\n    - {{ name: configure, run: ./configure }}\n    - {{ name: make, run: make {(i == 500 ? touched : 0)} }}\n");
        return text.ToString();
    }
}
