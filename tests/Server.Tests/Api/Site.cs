using Weir.Shared.Builds;
using Weir.Shared.Logs;
using Weir.Support;

namespace Weir.Server.Tests.Api;

/// <summary>A master with something of everything in its store, for those who only read.</summary>
public sealed class Site : IAsyncLifetime
{
    public const string Configuration = """
        weir: 1
        projects:
          gst: { title: Streams }
        codebases:
          lib: { repository: "https://example.org/lib.git", branch: main, project: gst }
        changeSources:
          lib-poll: { type: git-poller, codebase: lib, branches: [main], every: 1h }
        workers:
          w1: {}
        builders:
          linux:
            project: gst
            tags: [unix]
            workers: { names: [w1] }
            steps:
              - git: { codebase: lib }
              - name: check
                run: "true"
          mac:
            workers: { names: [w1] }
            steps:
              - name: check
                run: "true"
        schedulers:
          force:
            type: force
            builders: [linux]
            parameters:
              - { name: version, type: string }
        """;

    public TestMaster Master { get; private set; } = null!;
    public Rows Rows { get; private set; } = null!;
    public long Builder { get; private set; }
    public long Worker { get; private set; }
    public long MasterId { get; private set; }
    public long Change { get; private set; }
    public long Buildset { get; private set; }
    public long Request { get; private set; }
    public long Build { get; private set; }
    public long Step { get; private set; }
    public long Log { get; private set; }
    public long Stamp { get; private set; }
    public long Revision { get; private set; }
    public long Order { get; private set; }
    public long Pause { get; private set; }

    public async ValueTask InitializeAsync()
    {
        Master = await TestMaster.Start();
        await Master.AddUser("developer", "force", "stop", "sendchange");
        var applied = await (await Master.Admin().PostJson("/api/v2/config/apply", System.Text.Json.JsonSerializer.Serialize(new { parts = new[] { new { name = "weir.yaml", text = Configuration } } }))).Json();
        Assert.True((bool)applied["accepted"]!, applied.ToJsonString());
        Revision = (long)applied["revisionid"]!;
        Rows = new Rows(Master.Store);
        Builder = await Master.Store.Scalar<long>("SELECT id FROM builders WHERE name = 'linux'");
        Worker = await Master.Store.Scalar<long>("SELECT id FROM workers WHERE name = 'w1'");
        MasterId = await Master.Store.Scalar<long>("SELECT id FROM masters LIMIT 1");
        Change = await Rows.Change(revision: "abc", properties: """{"ticket": 7}""");
        Buildset = await Rows.Buildset("a commit", "force", changes: [Change], properties: """[{"Name":"owner","Value":"\"ada\"","Source":"Force"}]""", results: BuildResult.Failure);
        Stamp = await Master.Store.Scalar<long>($"SELECT sourcestamp_id FROM buildset_sourcestamps WHERE buildset_id = {Buildset}");
        Request = await Rows.Request(Buildset, Builder, claimedBy: MasterId, results: BuildResult.Failure);
        Build = await Rows.Build(Builder, Worker, MasterId, Revision, 10, 40, BuildResult.Failure, (Buildset, Request), text: "failed: check");
        await Rows.Property(Build, "owner", "\"ada\"", "Force");
        await Rows.Property(Build, "count", "3", "Step");
        await Rows.Step(Build, 0, "fetch", "git", 10, 12);
        Step = await Rows.Step(Build, 1, "check", "run", 12, 40, BuildResult.Failure);
        await Master.Store.Execute($$"""UPDATE steps SET outputs = '{"version": "1.2 é", "empty": ""}', statistics = '{"warnings-count": 3}' WHERE id = {{Step}}""");
        Log = await Rows.Log(Build, Step);
        Order = await Master.Store.Scalar<long>("""
            INSERT INTO orders (kind, subject, arguments, asked_by, reason, asked_at, done_at, outcome, complaint)
            VALUES ('request.cancel', 'request 1', '{}', 'ann', 'not needed', weir_now() - interval '1 hour', weir_now() - interval '59 minutes', 'Conflict', 'The request has ended already.') RETURNING id
            """);
        Pause = await Master.Store.Scalar<long>("INSERT INTO pauses (kind, subject, by_name, reason, since, until, ended_at, ended_by) VALUES ('Builder', 'linux', 'ann', 'broken', weir_now() - interval '2 hours', weir_now(), weir_now() - interval '1 hour', 'bob') RETURNING id");
        await Rows.Append(Log, [Rows.Line("one"), Rows.Line("two", LogStream.Stderr)]);
    }

    public ValueTask DisposeAsync() => Master.DisposeAsync();
}
