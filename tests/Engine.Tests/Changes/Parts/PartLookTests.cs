using Microsoft.Extensions.Logging.Abstractions;
using Weir.Engine.Changes;
using Weir.Engine.Changes.Parts;
using Weir.Engine.Configuration;
using Weir.Engine.Configuration.Revisions;
using Weir.Engine.Configuration.Secrets;
using Weir.Engine.Configuration.Sources;
using Weir.Engine.Masters;
using Weir.Engine.Tests.Changes.Sources;
using Weir.Engine.Tests.Configuration;
using Weir.Engine.Queue;
using Weir.Shared.Changes;
using Weir.Shared.Configuration;
using Weir.Shared.Identity;
using Weir.Support;
using Weir.Worker.Tests.Support;

namespace Weir.Engine.Tests.Changes.Parts;

/// <summary>A team's part out of a real repository.</summary>
public sealed class PartLookTests : IAsyncLifetime
{
    private static readonly Actor Ann = new("ann", new HashSet<string> { Right.Configure, Right.SendChange });
    private static readonly CancellationToken None = CancellationToken.None;
    private readonly GitRepository repository = new();
    private TestStore store = null!;
    private RevisionActions revisions = null!;
    private PartStore parts = null!;
    private PartLook look = null!;

    public async ValueTask InitializeAsync()
    {
        store = await TestStore.Create();
        revisions = new(store.Database, new ConfigurationInForce(store.Database), new RetiredRequests());
        parts = new(store.Database, new ConfigurationInForce(store.Database));
        look = await Engine("one");
    }

    public async ValueTask DisposeAsync()
    {
        await store.DisposeAsync();
        repository.Dispose();
    }

    [Fact]
    public async Task A_commit_comes_in_force_with_its_id_and_a_broken_one_keeps_the_last_good()
    {
        await Admin();
        var good = Write("ci/b.yaml", Builder("team-a", "one"));
        await Look();

        var revision = (await new RevisionQueries(store.Database).InForce(None))!;
        Assert.Equal(["weir.yaml Store  ", $"team/b.yaml Repository team {good}"], revision.Parts.Select(p => $"{p.Name} {p.Origin} {p.From} {p.Commit}"));
        Assert.Equal("part team", revision.Author);
        Assert.Equal("team-a", await Builders());

        var bad = Write("ci/b.yaml", "weir: 1\nbuilders: { other: {} }\n");
        await Look();
        var part = await Part();
        Assert.Equal((PartState.Broken, good, bad, "team-a"), (part.State, part.Commit, part.BrokenCommit, await Builders()));
        Assert.Contains(part.Problems, p => p.Part == "team/b.yaml" && p.Line == 2);
        Assert.Equal("ann@example.org", await store.Scalar<string>("SELECT pending_author FROM config_sources WHERE name = 'team'"));
        // The others move on meanwhile, and what was mended is taken.
        await Admin("title: Moved on\n");
        Assert.Equal("team-a", await Builders());
        Write("ci/b.yaml", Builder("team-b", "two"));
        await Look();
        Assert.Equal((PartState.Good, "team-b"), ((await Part()).State, await Builders()));
    }

    [Fact]
    public async Task The_same_commit_makes_nothing_and_one_that_changes_other_files_no_revision()
    {
        await Admin();
        Write("ci/b.yaml", Builder("team-a", "one"));
        await Look();
        var before = await Revisions();

        await Look();
        Write("README", "hello");
        await Look();

        Assert.Equal(before, await Revisions());
        Assert.Equal(repository.Head(), (await Part()).Commit);
    }

    [Fact]
    public async Task A_branch_that_vanished_and_a_repository_that_is_gone_keep_what_was_good()
    {
        await Admin();
        Write("ci/b.yaml", Builder("team-a", "one"));
        await Look();

        repository.Push(":main");
        await Look();
        Assert.Equal((PartState.Broken, "the repository has no branch main", "team-a"), ((await Part()).State, (await Part()).Trouble, await Builders()));
        Directory.Move(repository.Bare, repository.Bare + ".away");
        await Look();
        Assert.NotEqual("the repository has no branch main", (await Part()).Trouble);
        Directory.Move(repository.Bare + ".away", repository.Bare);
        repository.Push("main");
        await Look();

        var part = await Part();
        Assert.Equal((PartState.Good, (string?)null, (DateTimeOffset?)null), (part.State, part.Trouble, part.BrokenSince));
    }

    [Fact]
    public async Task Hostile_contents_are_told_and_harm_nobody()
    {
        await Admin();
        Write("ci/b.yaml", Builder("team-a", "one"));
        await Look();

        File.CreateSymbolicLink(Path("ci/passwd.yaml"), "/etc/passwd");
        await Hostile("This is a symbolic link; links are not followed. Put the file itself here.", "team/passwd.yaml");
        File.Delete(Path("ci/passwd.yaml"));
        await File.WriteAllTextAsync(Path("ci/huge.yaml"), "weir: 1\n" + new string('#', PartFiles.LargestFile), None);
        await Hostile("This file is larger than 1024 KiB.", "team/huge.yaml");
        await File.WriteAllTextAsync(Path("ci/huge.yaml"), "weir: 1\nx-a: &a [x, x, x, x, x, x, x, x, x]\n" + string.Concat(Enumerable.Range(0, 12).Select(i => $"x-{i}: &{(char)('b' + i)} [{string.Join(", ", Enumerable.Repeat("*" + (char)('a' + i), 9))}]\n")), None);
        await Hostile("The part has more than 200,000 values", "team/huge.yaml");
        await File.WriteAllBytesAsync(Path("ci/huge.yaml"), [.. "weir: 1\n#"u8, 0xff], None);
        await Hostile("is not UTF-8", "team/huge.yaml");
        Directory.CreateDirectory(Path("ci/huge.d.yaml"));
        await File.WriteAllTextAsync(Path("ci/huge.d.yaml/x"), "x", None);
        File.Delete(Path("ci/huge.yaml"));
        await Hostile("This is no file.", "team/huge.d.yaml");
        Directory.Delete(Path("ci/huge.d.yaml"), recursive: true);
        await File.WriteAllTextAsync(Path("ci/c.yaml"), Builder("team-a", "again"), None);
        await Hostile("\"team-a\" is defined twice", "team/c.yaml");
        File.Delete(Path("ci/c.yaml"));

        for (var i = 0; i <= PartFiles.MostFiles; i++)
            await File.WriteAllTextAsync(Path($"ci/n{i}.yaml"), "weir: 1\n", None);
        repository.Commit();
        repository.Push();
        await Look();
        Assert.Equal(("ci holds 202 YAML files; at most 200 are read", "team-a"), ((await Part()).Trouble, await Builders()));
        repository.Git("rm", "-rq", "ci");
        repository.Commit();
        repository.Push();
        await Look();
        Assert.Equal(("the branch main has no ci", "team-a"), ((await Part()).Trouble, await Builders()));
    }

    [Fact]
    public async Task A_part_that_is_declared_no_more_is_gone_with_its_names()
    {
        await Admin();
        Write("ci/b.yaml", Builder("team-a", "one"));
        await Look();

        await revisions.Apply(Samples.Part("weir: 1\nworkers: { w1: {} }\n"), "", ApplyTerms.None, Ann, None);

        Assert.Null(await Builders());
        Assert.Equal(["store"], (await new PartQueries(store.Database).Parts(None)).Select(p => p.Name));
        await Admin();
        Assert.Null(await Builders());
        await Look();
        Assert.Equal("team-a", await Builders());
    }

    [Fact]
    public async Task A_change_of_the_repository_has_it_looked_at_at_once()
    {
        await Admin();
        Write("ci/b.yaml", Builder("team-a", "one"));
        await Look();
        Assert.Empty(await parts.Due(None));

        await store.Database.Write(async unit => { await ChangeWriter.Add(unit, [new NewChange { Author = "ann", Comments = "c", Repository = repository.Url, Branch = "main", Revision = "x" }]); }, None);

        Assert.Equal(["team"], await parts.Due(None));
    }

    [Fact]
    public async Task Engines_look_one_at_a_time_and_all_look_again_later()
    {
        await Admin();
        Write("ci/b.yaml", Builder("team-a", "one"));
        await parts.Sync(None);
        var second = await Engine("two");

        var looked = await Task.WhenAll(look.Look(await Declared(), None), second.Look(await Declared(), None));

        Assert.Single(looked, l => l);
        Assert.Equal("team-a", await Builders());
        Assert.NotNull(await parts.UntilNext(None));
    }

    [Fact]
    public async Task A_repository_that_wants_a_token_gets_the_secret_and_nobody_else_does()
    {
        await using var server = await GitOverHttp.Start(System.IO.Path.GetDirectoryName(repository.Bare)!);
        (server.User, server.Password) = ("ci", "hush hush");
        var commit = Write("ci/b.yaml", Builder("team-a", "one"));
        Task<ApplyResult> Declare(string login) => revisions.Apply(Samples.Part($"weir: 1\nsecrets: [ {{ from: store }} ]\nworkers: {{ w1: {{}} }}\nparts: {{ team: {{ repository: '{server.Address}server.git', {login}path: ci/, may: {{ workers: [w1] }} }} }}\n"), "", ApplyTerms.None, Ann, None);

        await Declare("");
        await Look();
        Assert.Contains("could not read Username", (await Part()).Trouble, StringComparison.Ordinal);
        Assert.Empty(server.Credentials);

        await Declare("token: TEAM_TOKEN, tokenUser: ci, ");
        await Look();
        Assert.Equal("The secret TEAM_TOKEN cannot be had: it is in none of the sources (the store).", (await Part()).Trouble);
        var secrets = new StoredSecrets(store.Database, new PlainSeal("key"));
        await secrets.Set(new() { Name = "TEAM_TOKEN", Value = "hush hush", Builders = ["b"] }, Ann, None);
        await Look();
        Assert.Equal("The secret TEAM_TOKEN of the store is not for the part team: the builders b may use it.", (await Part()).Trouble);
        Assert.Empty(server.Credentials);

        await secrets.Set(new() { Name = "TEAM_TOKEN", Value = "hush hush", Builders = [], Projects = [] }, Ann, None);
        await Look();
        Assert.Equal((PartState.Good, (string?)null, commit, "team-a"), ((await Part()).State, (await Part()).Trouble, (await Part()).Commit, await Builders()));
        Assert.Equal(["ci:hush hush"], server.Credentials.Distinct());
        Assert.DoesNotContain("hush", string.Concat(server.Urls), StringComparison.Ordinal);
        Assert.Equal("part team", await store.Scalar<string>("SELECT used_by FROM secret_uses"));
        // What is left on the disk knows nothing of it.
        Assert.DoesNotContain(Directory.EnumerateFiles(repository.Cache, "*", SearchOption.AllDirectories), f => File.ReadAllText(f).Contains("hush", StringComparison.Ordinal));
        // A wrong one says so, and is not written anywhere either.
        await secrets.Set(new() { Name = "TEAM_TOKEN", Value = "wrong wrong" }, Ann, None);
        Write("ci/b.yaml", Builder("team-b", "one"));
        await Look();
        Assert.Equal((PartState.Broken, "team-a"), ((await Part()).State, await Builders()));
        Assert.DoesNotContain("wrong wrong", (await Part()).Trouble, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("repository: /srv/team.git, token: T", "parts.team.token: This repository is not reached by https, so a token is of no use.")]
    [InlineData("repository: 'http://example.org/team.git', token: T", "parts.team.token: With http:// everybody on the way could read the token; use https://.")]
    [InlineData("repository: 'https://example.org/team.git', tokenUser: ci", "parts.team.tokenUser: A user name belongs to a \"token\", and there is none.")]
    public async Task What_a_token_cannot_do_is_a_mistake(string part, string complaint) =>
        Assert.Equal([complaint], (await revisions.Check(Samples.Part($"weir: 1\nsecrets: [ {{ from: env }} ]\nparts: {{ team: {{ {part} }} }}\n"), None)).Select(p => $"{p.Path}: {p.Message}"));

    private async Task Hostile(string expected, string file)
    {
        repository.Git("add", "--all");
        repository.Commit();
        repository.Push();
        await Look();
        var part = await Part();
        Assert.Equal((PartState.Broken, "team-a"), (part.State, await Builders()));
        Assert.Contains(part.Problems, p => p.Part == file && p.Message.Contains(expected, StringComparison.Ordinal));
    }

    private async Task Look()
    {
        await parts.Sync(None);
        await store.Execute("UPDATE timers SET due_at = '-infinity' WHERE kind = 'part'");
        Assert.True(await look.Look(await Declared(), None));
    }

    private async Task<PartConfiguration> Declared() => (await new ConfigurationInForce(store.Database).Read(None))!.Model.Parts[0];

    private async Task<PartRecord> Part() => (await new PartQueries(store.Database).Parts(None)).Single(p => p.Name == "team");

    private Task<string?> Builders() => store.Scalar<string>("SELECT string_agg(name, ',' ORDER BY name) FROM builders WHERE retired_at IS NULL");

    private Task<long> Revisions() => store.Scalar<long>("SELECT max(id) FROM config_revisions");

    private Task<ApplyResult> Admin(string more = "") => revisions.Apply(Samples.Part($"weir: 1\n{more}workers: {{ w1: {{}} }}\nparts: {{ team: {{ repository: '{repository.Url}', path: ci/, may: {{ workers: [w1] }} }} }}\n"), "", ApplyTerms.None, Ann, None);

    private static string Builder(string name, string run) => $"weir: 1\nbuilders: {{ {name}: {{ workers: {{ names: [w1] }}, steps: [ {{ run: {run} }} ] }} }}\n";

    private string Path(string file) => System.IO.Path.Combine(repository.Work, file);

    private string Write(string file, string text)
    {
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(Path(file))!);
        File.WriteAllText(Path(file), text);
        var commit = repository.Commit();
        repository.Push();
        return commit;
    }

    private async Task<PartLook> Engine(string name)
    {
        var self = new Self();
        self.Register(await store.Scalar<long>($"INSERT INTO masters (name, roles, version, state, started_at, heartbeat_at) VALUES ('{name}', '{{}}', '', 'Active', weir_now(), weir_now()) RETURNING id"), 1);
        var options = new MasterOptions { Name = name, DataDirectory = System.IO.Path.Combine(repository.Cache, name), CacheDirectory = System.IO.Path.Combine(repository.Cache, name) };
        return new(parts, revisions, new ConfigurationInForce(store.Database), new StoredSecrets(store.Database, new PlainSeal("key")), new Leases(store.Database, self, options), options, TimeProvider.System, NullLogger<PartLook>.Instance);
    }
}
