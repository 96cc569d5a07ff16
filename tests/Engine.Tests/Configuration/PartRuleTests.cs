using Weir.Engine.Configuration.Check;
using Weir.Shared.Configuration;

namespace Weir.Engine.Tests.Configuration;

/// <summary>What a team's part may define and use.</summary>
public sealed class PartRuleTests
{
    private const string Admin = """
        weir: 1
        secrets: [ { from: env } ]
        projects: { gst: {}, other: {} }
        codebases: { private: { repository: 'git@example.org:lib.git', sshKey: DEPLOY }, open: { repository: 'https://example.org/o.git' } }
        workers: { w1: {}, w2: {}, linux-*: {} }
        locks: { cpu: { capacity: 4 }, db: {} }
        builders: { lib: { steps: [ { run: x } ] }, lib-doc: { steps: [ { run: x } ] } }
        schedulers: { pack: { type: triggerable, builders: [lib] } }
        parts:
          team: { repository: https://example.org/team.git, may: { workers: [w1, linux-*], locks: [cpu], secrets: [TOKEN], projects: [gst], builders: [lib-*] } }
        """;

    [Fact]
    public void What_is_allowed_and_what_is_its_own_may_be_used() => Assert.Empty(Problems("""
        weir: 1
        workers: { team-w: {} }
        locks: { team-l: {} }
        builders:
          team-a:
            project: gst
            workers: { names: [w1, linux-7, linux-*, team-w] }
            locks: [cpu, team-l]
            env: { T: '${{ secrets.TOKEN }}' }
            steps: [ { git: { codebase: open } }, { run: x } ]
        schedulers: { team-s: { type: force, builders: [team-a, lib-doc] } }
        """));

    [Theory]
    [InlineData("builders: { other: { workers: { names: [w1] }, steps: [ { run: x } ] } }", "builders.other: Names of the part \"team\" begin with \"team-\": call it \"team-other\".")]
    [InlineData("workers: { w9: {} }", "workers.w9: Names of the part \"team\" begin with \"team-\": call it \"team-w9\".")]
    [InlineData("title: Ours", "title: \"title\" is the admin's: a part out of a repository cannot say it.")]
    [InlineData("secrets: [ { from: directory, path: / } ]", "secrets: \"secrets\" is the admin's: a part out of a repository cannot say it.")]
    [InlineData("parts: { x: { repository: https://example.org/x.git } }", "parts: \"parts\" is the admin's: a part out of a repository cannot say it.")]
    [InlineData("builders: { team-a: { workers: { names: [w2] }, steps: [ { run: x } ] } }", "builders.team-a.workers.names[0]: The part \"team\" may not use the worker \"w2\": the admin allows it w1, linux-* (parts.team.may.workers).")]
    [InlineData("builders: { team-a: { workers: { names: ['*'] }, steps: [ { run: x } ] } }", "builders.team-a.workers.names[0]: The part \"team\" may not use the worker \"*\"")]
    [InlineData("builders: { team-a: { workers: { names: [w3] }, steps: [ { run: x } ] } }", "builders.team-a.workers.names[0]: The part \"team\" may not use the worker \"w3\"")]
    [InlineData("builders: { team-a: { workers: { names: ['w*'] }, steps: [ { run: x } ] } }", "builders.team-a.workers.names[0]: The part \"team\" may not use the worker \"w*\"")]
    [InlineData("builders: { team-a: { steps: [ { run: x } ] } }", "builders.team-a.workers: A builder of the part \"team\" says under \"names\" which workers it uses")]
    [InlineData("builders: { team-a: { workers: { names: [w1], tags: [x] }, steps: [ { run: x } ] } }", "builders.team-a.workers: A builder of the part \"team\" says under \"names\"")]
    [InlineData("builders: { team-a: { workers: { names: [w1] }, locks: [db], steps: [ { run: x } ] } }", "builders.team-a.locks: The part \"team\" may not use the lock \"db\": the admin allows it cpu")]
    [InlineData("builders: { team-a: { workers: { names: [w1] }, steps: [ { run: x, locks: [ { name: db } ] } ] } }", "builders.team-a.steps[0].locks: The part \"team\" may not use the lock \"db\"")]
    [InlineData("builders: { team-a: { workers: { names: [w1] }, project: other, steps: [ { run: x } ] } }", "builders.team-a.project: The part \"team\" may not use the project \"other\"")]
    [InlineData("builders: { team-a: { workers: { names: [w1] }, steps: [ { run: 'echo ${{ secrets.DEPLOY }}' } ] } }", "builders.team-a: The part \"team\" may not use the secret \"DEPLOY\": the admin allows it TOKEN")]
    [InlineData("builders: { team-a: { workers: { names: [w1] }, env: { A: \"${{ secrets['DEPLOY'] }}\" }, steps: [ { run: x } ] } }", "builders.team-a: The part \"team\" may not use the secret \"DEPLOY\"")]
    [InlineData("builders: { team-a: { workers: { names: [w1] }, steps: [ { git: { codebase: private } } ] } }", "builders.team-a.steps[0].git.codebase: The part \"team\" may not use the codebase \"private\", which is reached with the secret \"DEPLOY\"")]
    [InlineData("codebases: { team-c: { repository: 'git@example.org:lib.git', sshKey: DEPLOY } }", "codebases.team-c.sshKey: The part \"team\" may not use the secret \"DEPLOY\"")]
    [InlineData("changeSources: { team-h: { type: webhook, dialect: github, secret: DEPLOY } }", "changeSources.team-h.secret: The part \"team\" may not use the secret \"DEPLOY\"")]
    [InlineData("schedulers: { team-s: { type: force, builders: [lib] } }", "schedulers.team-s.builders[0]: The part \"team\" may not use the builder \"lib\": the admin allows it lib-* (parts.team.may.builders).")]
    [InlineData("builders: { team-a: { workers: { names: [w1] }, steps: [ { trigger: { scheduler: pack } } ] } }", "builders.team-a.steps[0].trigger.scheduler: The part \"team\" may not use the builder \"lib\"")]
    [InlineData("builders: { team-a: { was: lib-old, workers: { names: [w1] }, steps: [ { run: x } ] } }", "builders.team-a.was: The builder \"lib-old\" was none of the part \"team\".")]
    [InlineData("locks: { team-a: { was: cpu-old } }", "locks.team-a.was: The lock \"cpu-old\" was none of the part \"team\".")]
    [InlineData("workers: { team-a: { was: attic } }", "workers.team-a.was: The worker \"attic\" was none of the part \"team\".")]
    [InlineData("builders: { lib: { workers: { names: [w1] }, steps: [ { run: evil } ] } }", "builders.lib: \"lib\" is defined twice: here and at weir.yaml:7:13.")]
    public void What_is_not_allowed_is_told_at_its_place(string text, string expected) =>
        Assert.Contains(Problems("weir: 1\n" + text), p => p.Part == "team/ci.yaml" && p.Line == 2 && $"{p.Path}: {p.Message}".StartsWith(expected, StringComparison.Ordinal));

    [Fact]
    public void Without_any_right_a_part_uses_only_its_own()
    {
        var none = Admin[..Admin.IndexOf(", may:", StringComparison.Ordinal)] + " }";

        Assert.Empty(Problems("weir: 1\nworkers: { team-w: {} }\nbuilders: { team-a: { workers: { names: [team-w] }, steps: [ { run: x } ] } }", none));
        Assert.Contains("the admin allows it no workers of others (parts.team.may.workers)", Assert.Single(Problems("weir: 1\nbuilders: { team-a: { workers: { names: [w1] }, steps: [ { run: x } ] } }", none)).Message, StringComparison.Ordinal);
        Assert.Empty(Problems("weir: 1\nbuilders: { team-a: { steps: [ { run: x } ] } }", none.Replace(".git }", ".git, may: { workers: '*' } }", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("file: { repository: 'https://x/y.git' }", "parts.file: \"file\" is the name of a part that Weir makes; choose another.")]
    [InlineData("a: { repository: 'https://x/y.git', prefix: x }\n  b: { repository: 'https://x/y.git', prefix: x-y- }", "parts.b: Its names would begin like those of the part \"a\" (\"x-y-\" and \"x\"): give one of them another \"prefix\".")]
    [InlineData("a: { repository: 'ext::sh -c x' }", "parts.a.repository: ")]
    [InlineData("a: { repository: 'https://x/y.git', path: ../other }", "parts.a.path: ")]
    [InlineData("a: { repository: 'https://x/y.git', prefix: 'A B' }", "parts.a.prefix: ")]
    public void Declarations_that_cannot_be_are_refused(string text, string expected) =>
        Assert.Contains(ConfigurationReader.Read(Samples.Part($"weir: 1\nparts:\n  {text}\n")).Problems, p => $"{p.Path}: {p.Message}".StartsWith(expected, StringComparison.Ordinal));

    private static IReadOnlyList<ConfigurationProblem> Problems(string team, string admin = Admin) =>
        ConfigurationReader.Read([.. Samples.Part(admin), new("team/ci.yaml", team) { Origin = PartOrigin.Repository, From = "team" }]).Problems;
}
