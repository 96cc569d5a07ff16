using System.Globalization;
using System.Text;

namespace Weir.Bench;

/// <summary>The configurations of the cases, in groups of builders as the other side of the comparison has them.</summary>
internal static class Configurations
{
    /// <summary>So many lines, one a second, a build of the group "ticking" says.</summary>
    public const int Ticks = 330;

    public static string Of(string stamps, string bigLog, int workers, int touched, params string[] groups)
    {
        var builders = new StringBuilder();
        var schedulers = new StringBuilder();
        var names = new List<string>();
        foreach (var group in groups)
        {
            switch (group)
            {
                case "latency":
                    // The step writes its own start time, in a file named by the revision.
                    Builder("latency", $"date +%s.%N > {stamps}/${{{{ properties.revision }}}}");
                    OnBranch("latency", "latency", "latency");
                    break;
                case "parallel":
                    for (var i = 0; i < workers; i++)
                        Builder($"parallel-w{i}", null, worker: $"w{i}");
                    break;
                case "lock":
                    for (var i = 0; i < workers; i++)
                        Builder($"lock-w{i}", null, worker: $"w{i}", held: "serial");
                    break;
                case "busy":
                    for (var i = 0; i < workers; i++)
                        Builder($"busy-w{i}", "sleep 600", worker: $"w{i}");
                    break;
                case "fan":
                    for (var i = 0; i < 100; i++)
                        Builder($"fan-{i:000}", null);
                    OnBranch("fan", "fan", [.. Enumerable.Range(0, 100).Select(i => $"fan-{i:000}")]);
                    break;
                case "biglog":
                    Builder("biglog", $"cat '{bigLog}'", worker: "w0");
                    break;
                case "sleep":
                    Builder("sleep", $"echo start $(date +%s.%N) >> '{stamps}'/sleep; sleep 20; echo end $(date +%s.%N) >> '{stamps}'/sleep", worker: "w0");
                    break;
                case "big":
                    // 1,000 builders, 100 schedulers of 10 builders each; `touched` changes one builder.
                    for (var i = 0; i < 1000; i++)
                        Builder($"big-{i:0000}", i == 500 ? string.Create(CultureInfo.InvariantCulture, $"echo {touched}") : null);
                    for (var i = 0; i < 100; i++)
                        OnBranch($"big-{i:00}", $"big-{i:00}", [.. Enumerable.Range(i * 10, 10).Select(j => $"big-{j:0000}")]);
                    break;
                case "steady":
                    // A line every twentieth of a second for a minute; what begins twice is seen in the file.
                    for (var i = 0; i < workers; i++)
                        Builder($"steady-w{i}", $"echo w{i} >> '{stamps}'/steady; i=0; while [ $i -lt 1200 ]; do i=$((i+1)); echo line $i; sleep 0.05; done", worker: $"w{i}");
                    break;
                case "ticking":
                    // A line a second, for longer than the case applies revisions; `touched` is in each command.
                    for (var i = 0; i < 20; i++)
                        Builder($"ticking-{i:00}", string.Create(CultureInfo.InvariantCulture, $"echo {touched} >> '{stamps}'/ticking; for i in $(seq {Ticks}); do echo {touched} $i; sleep 1; done"));
                    break;
                case "empty":
                    Builder("empty", null);
                    break;
                default:
                    throw new ArgumentException($"No group {group}.");
            }
        }
        return $$"""
            weir: 1
            title: bench
            codebases: { code: { repository: r, branch: main } }
            workers: { 'w*': {} }
            locks: { serial: {} }
            schedulers:
              force: { type: force, builders: [{{string.Join(", ", names)}}] }
            {{schedulers}}builders:
            {{builders}}
            """;

        void Builder(string name, string? shell, string? worker = null, string? held = null)
        {
            names.Add(name);
            builders.Append(CultureInfo.InvariantCulture, $"  {name}: {{ {(worker is null ? "" : $"workers: {{ names: [{worker}] }}, ")}steps: [ {{ run: {(shell is null ? "['true']" : $"\"{shell.Replace("\"", "\\\"", StringComparison.Ordinal)}\"")}{(held is null ? "" : $", locks: [ {{ name: {held}, mode: exclusive }} ]")} }} ] }}\n");
        }

        void OnBranch(string name, string branch, params string[] of) =>
            schedulers.Append(CultureInfo.InvariantCulture, $"  {name}: {{ type: single-branch, changes: {{ branch: {branch} }}, codebases: [code], builders: [{string.Join(", ", of)}] }}\n");
    }
}
