using Weir.Engine.Configuration.Check;
using Weir.Engine.Configuration.Secrets;
using Weir.Shared;
using Weir.Shared.Configuration;
using Weir.Shared.Identity;
using Weir.Shared.Protocol;
using Weir.Support;

namespace Weir.Engine.Tests.Configuration.Secrets;

/// <summary>Secrets that the store keeps: who gets them, and what is left behind.</summary>
public sealed class StoredSecretTests
{
    private const string Canary = "canary-77aa-of-the-store";
    private static readonly Actor Ann = new("ann", new HashSet<string> { Right.Admin });
    private static readonly CancellationToken None = CancellationToken.None;
    private readonly string prefix = $"WEIR_TEST_{Guid.NewGuid():N}_";

    private Task<World> NewWorld(params string[] sources) => World.Create(World.Builders(("hull", [new RunStepConfiguration { Name = "deploy", Shell = "echo ${{ secrets.KEY }}" }])) with
    {
        Secrets = [.. sources.Select(s => new SecretSourceConfiguration { From = s, Prefix = prefix })],
    });

    private static StoredSecrets Secrets(World world, string key = "key") => new(world.Store.Database, new PlainSeal(key));

    private static async Task<ActionOutcome> Set(World world, string? value, string[]? builders = null, string[]? projects = null, string key = "key") =>
        await Secrets(world, key).Set(new() { Name = "KEY", Value = value, Builders = builders ?? [], Projects = projects ?? [], Reason = "why" }, Ann, None);

    // What the worker got; null: the build ended without an order, with the words of its step.
    private static async Task<(string? Value, string State)> Build(World world)
    {
        var engine = await world.StartEngine();
        var worker = await world.AddWorker();
        worker.Behaviour = _ => null;
        await worker.Connect(engine);
        var request = (await world.Request("hull"))[0];
        await world.Eventually(async () => !worker.Commands.IsEmpty || await world.Sql<bool>("SELECT completed_at IS NOT NULL FROM requests"), "an order, or the end");
        var got = worker.Commands.Values.FirstOrDefault();
        if (got is not null)
            await worker.End(got, new() { Kind = EndKind.Exited, ExitCode = 0 });
        await world.ResultOf(request);
        return (got?.Secrets["KEY"], await world.Sql<string>("SELECT state_text FROM steps ORDER BY id DESC LIMIT 1"));
    }

    [Fact]
    public async Task A_builder_gets_its_value_which_stands_nowhere_else_and_the_first_use_is_noted()
    {
        await using var world = await NewWorld("store");
        Assert.IsType<ActionOutcome.Done>(await Set(world, Canary + "\n", ["hull"]));

        var (value, _) = await Build(world);

        Assert.Equal(Canary, value);
        var everything = string.Concat(await world.Rows<string>("SELECT to_jsonb(t)::text FROM commands t UNION ALL SELECT plan::text FROM build_plans UNION ALL SELECT to_jsonb(a)::text FROM audit a UNION ALL SELECT to_jsonb(e)::text FROM event_outbox e"));
        Assert.DoesNotContain(Canary, everything, StringComparison.Ordinal);
        Assert.Equal(["secret.add ann: the builders hull; why", "secret.use builder hull: for the first time since it was set"], await world.Rows<string>("SELECT action || ' ' || actor || ': ' || reason FROM audit WHERE action LIKE 'secret.%' ORDER BY id"));
        var listed = Assert.Single(await Secrets(world).List(None));
        Assert.Equal(("KEY", "hull", "builder hull", "ann"), (listed.Name, Assert.Single(listed.Builders), Assert.Single(listed.UsedBy), listed.SetBy));

        // Another value: who uses that one is noted anew.
        await Set(world, Canary + "2", ["hull"]);
        Assert.Empty(Assert.Single(await Secrets(world).List(None)).UsedBy);
        Assert.Equal("secret.rotate", await world.Sql<string>("SELECT action FROM audit ORDER BY id DESC LIMIT 1"));
    }

    [Theory]
    [InlineData("keel", null, "could not start: The secret KEY of the store is not for the builder hull: the builders keel may use it.")]
    [InlineData(null, "gst", "could not start: The secret KEY of the store is not for the builder hull: the builders of gst may use it.")]
    public async Task Who_may_not_use_it_does_not_get_it(string? builder, string? project, string why)
    {
        await using var world = await NewWorld("store");
        await Set(world, Canary, builder is null ? [] : [builder], project is null ? [] : [project]);

        Assert.Equal((null, why), await Build(world));
        Assert.Equal(0, await world.Sql<long>("SELECT count(*) FROM secret_uses"));
    }

    [Fact]
    public async Task One_that_is_not_there_fails_its_step_in_words()
    {
        await using var world = await NewWorld("env", "store");

        Assert.Equal((null, $"could not start: The secret KEY cannot be had: it is in none of the sources (the master's environment ({prefix}…), the store)."), await Build(world));
    }

    [Fact]
    public async Task One_whose_keys_are_gone_says_so()
    {
        await using var world = await NewWorld("store");
        await Set(world, Canary, key: "older");

        Assert.Equal((null, "could not start: The secret KEY of the store cannot be opened: it was sealed with keys that the store does not have any more. Set it again."), await Build(world));
    }

    [Theory]
    [InlineData("env", "store", "of-the-environment")]
    [InlineData("store", "env", Canary)]
    public async Task The_first_source_that_has_it_counts(string first, string second, string value)
    {
        Environment.SetEnvironmentVariable(prefix + "KEY", "of-the-environment");
        await using var world = await NewWorld(first, second);
        await Set(world, Canary);

        Assert.Equal(value, (await Build(world)).Value);
    }

    [Fact]
    public async Task What_is_no_secret_is_refused_at_its_field()
    {
        await using var world = await NewWorld("store");

        Assert.Equal(["value: A secret has at least 4 characters: a shorter one could not be masked in logs."], Words(await Set(world, "abc")));
        Assert.Equal(["value: It is missing: a new secret needs a value."], Words(await Set(world, null)));
        Assert.Equal(["builders: A name is made of lower-case letters, digits and single hyphens between them, like \"lib-linux\"; not \"A B\"."], Words(await Set(world, Canary, ["A B"])));
        Assert.IsType<ActionOutcome.NotFound>(await Secrets(world).Remove("KEY", null, Ann, None));
        Assert.IsType<ActionOutcome.Done>(await Set(world, Canary));
        Assert.IsType<ActionOutcome.Done>(await Set(world, null, ["keel"]));
        Assert.Equal("key/KEY/", (await world.Sql<string>("SELECT sealed FROM secrets"))[..8]);
        Assert.IsType<ActionOutcome.Done>(await Secrets(world).Remove("KEY", null, Ann, None));
        Assert.Equal("secret.add secret.allow secret.remove", await world.Sql<string>("SELECT string_agg(action, ' ' ORDER BY id) FROM audit"));

        static IEnumerable<string> Words(ActionOutcome outcome) => Assert.IsType<ActionOutcome.Invalid>(outcome).Problems.Select(p => $"{p.Field}: {p.Message}");
    }

    [Fact]
    public void A_part_may_not_use_one_that_the_admin_does_not_allow_it_whichever_source_has_it()
    {
        var problems = ConfigurationReader.Read([
            new("weir.yaml", "weir: 1\nworkers: { w1: {} }\nsecrets: [ { from: store } ]\nparts: { a: { repository: /srv/a.git, may: { workers: ['*'], secrets: [OTHER] } } }\n"),
            new("a.yaml", "weir: 1\nbuilders: { a-x: { steps: [ { run: 'echo ${{ secrets.KEY }}' } ] } }\n") { Origin = PartOrigin.Repository, From = "a" }]).Problems;

        Assert.Contains("The part \"a\" may not use the secret \"KEY\"", Assert.Single(problems).Message, StringComparison.Ordinal);
    }
}
