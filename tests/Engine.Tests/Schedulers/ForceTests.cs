using System.Text.Json;
using Dapper;
using Weir.Engine.Tests.Changes;
using Weir.Shared;
using Weir.Shared.Builds;
using Weir.Shared.Configuration;
using Weir.Shared.Schedulers;

namespace Weir.Engine.Tests.Schedulers;

public sealed class ForceTests
{
    private static ForceOrder Order(params (string Name, object? Value)[] fields) => new()
    {
        Scheduler = "release",
        Properties = fields.ToDictionary(f => f.Name, f => JsonSerializer.SerializeToElement(f.Value)),
    };

    private static ForceConfiguration Form(params string[] builders) => new() { Name = "form", Builders = builders };

    [Fact]
    public async Task A_filled_in_form_becomes_a_buildset_with_typed_properties_and_one_request_for_each_builder()
    {
        await using var works = await Works.With(Configurations.Of(Configurations.Release()));
        var order = Order(("version", "1.2.3"), ("dry-run", "off"), ("jobs", "8")) with { Reason = "the summer release", Priority = 5 };

        var (outcome, result) = await works.Actions.Force(order, Works.Ann, CancellationToken.None);

        Assert.Equal(new ActionOutcome.Done(result!.BuildsetId), outcome);
        Assert.Equal(2, result.RequestByBuilder.Count);
        var properties = JsonSerializer.Deserialize<PropertyRecord[]>((await works.Store.Scalar<string>("SELECT properties::text FROM buildsets"))!)!.ToDictionary(p => p.Name);
        Assert.Equal("\"1.2.3\"", properties["version"].Value);
        Assert.Equal("Force Build Form", properties["version"].Source);
        Assert.Equal(("\"beta\"", "false", "8", "\"\""), (properties["channel"].Value, properties["dry-run"].Value, properties["jobs"].Value, properties["notes"].Value));
        Assert.Equal(("\"ann\"", "\"the summer release\"", "\"release\""), (properties["owner"].Value, properties["reason"].Value, properties["scheduler"].Value));
        Assert.Equal("5,8", await works.Store.Scalar<string>("SELECT string_agg(priority::text, ',' ORDER BY priority) FROM open_requests"));
        Assert.Equal("ann scheduler.force the summer release", await works.Store.Scalar<string>("SELECT actor || ' ' || action || ' ' || reason FROM audit"));
        Assert.Equal("app,lib", await works.Store.Scalar<string>("SELECT string_agg(codebase, ',' ORDER BY codebase) FROM sourcestamps WHERE branch = 'main' AND revision IS NULL"));
    }

    [Theory]
    [InlineData("version", null, "required")]
    [InlineData("version", "", "required")]
    [InlineData("version", "1.2", "does not match")]
    [InlineData("version", "1.2.3\n", "single line")]
    [InlineData("channel", "nightly", "stable, beta")]
    [InlineData("dry-run", "maybe", "true or false")]
    [InlineData("jobs", "3.5", "whole number")]
    [InlineData("jobs", "99999999999999999999", "whole number")]
    [InlineData("notes", "a\0b", "cannot be stored")]
    [InlineData("colour", "red", "no such field")]
    public async Task A_wrong_field_is_named_and_nothing_is_made(string field, string? value, string said)
    {
        await using var works = await Works.With(Configurations.Of(Configurations.Release()));
        var order = field == "version" ? Order((field, value)) : Order(("version", "1.2.3"), (field, value));

        var (outcome, result) = await works.Actions.Force(order, Works.Ann, CancellationToken.None);

        var problem = Assert.Single(Assert.IsType<ActionOutcome.Invalid>(outcome).Problems);
        Assert.Equal(field, problem.Field);
        Assert.Contains(said, problem.Message);
        Assert.Null(result);
        Assert.Equal(0, await works.Count("buildsets") + await works.Count("audit") + await works.Count("firings"));
    }

    [Theory]
    [InlineData("lib", "--upload-pack=x", null, "sourceStamps.lib.branch")]
    [InlineData("lib", "a..b", null, "sourceStamps.lib.branch")]
    [InlineData("lib", "main", "-x", "sourceStamps.lib.revision")]
    [InlineData("lib", "main", "a b", "sourceStamps.lib.revision")]
    [InlineData("other", "main", null, "sourceStamps.other")]
    public async Task A_hostile_stamp_is_refused(string codebase, string? branch, string? revision, string field)
    {
        await using var works = await Works.With(Configurations.Of(Configurations.Release()));
        var order = Order(("version", "1.2.3")) with { SourceStamps = new Dictionary<string, ForceStamp> { [codebase] = new(branch, revision) } };

        var (outcome, _) = await works.Actions.Force(order, Works.Ann, CancellationToken.None);

        Assert.Contains(Assert.IsType<ActionOutcome.Invalid>(outcome).Problems, p => p.Field == field);
    }

    [Fact]
    public async Task Only_builders_of_the_scheduler_are_started()
    {
        await using var works = await Works.With(Configurations.Of(Configurations.Release()));

        var (refused, _) = await works.Actions.Force(Order(("version", "1.2.3")) with { Builders = ["soak"] }, Works.Ann, CancellationToken.None);
        var (_, one) = await works.Actions.Force(Order(("version", "1.2.3")) with { Builders = ["app-linux"] }, Works.Ann, CancellationToken.None);

        Assert.Equal("builders", Assert.Single(Assert.IsType<ActionOutcome.Invalid>(refused).Problems).Field);
        Assert.Single(one!.RequestByBuilder);
    }

    [Fact]
    public async Task The_same_key_forces_once_however_many_send_it_at_once()
    {
        await using var works = await Works.With(Configurations.Of(Configurations.Release()));
        var order = Order(("version", "1.2.3")) with { IdempotencyKey = "k1" };

        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => works.Actions.Force(order, Works.Ann, CancellationToken.None)));
        var (other, _) = await works.Actions.Force(Order(("version", "9.9.9")) with { IdempotencyKey = "k1" }, Works.Ann, CancellationToken.None);
        var (_, ofBob) = await works.Actions.Force(order, Works.Ann with { Name = "bob" }, CancellationToken.None);

        Assert.Single(answers.Select(a => (a.Result!.BuildsetId, string.Join(",", a.Result.RequestByBuilder.OrderBy(r => r.Key)))).Distinct());
        Assert.IsType<ActionOutcome.KeyReused>(other);
        Assert.NotEqual(answers[0].Result!.BuildsetId, ofBob!.BuildsetId);
        Assert.Equal(2, await works.Count("buildsets"));
    }

    [Fact]
    public async Task The_answer_under_a_key_is_given_again_whatever_has_come_since_and_a_refusal_leaves_the_key_free()
    {
        await using var works = await Works.With(Configurations.Of(Form("lib-linux")));
        var order = new ForceOrder { Scheduler = "form", IdempotencyKey = "k1" };
        await works.Actions.SetEnabled("form", false, Works.Ann, CancellationToken.None);
        Assert.IsType<ActionOutcome.Conflict>((await works.Actions.Force(order, Works.Ann, CancellationToken.None)).Outcome);
        Assert.Equal(0, await works.Count("action_keys"));
        await works.Actions.SetEnabled("form", true, Works.Ann, CancellationToken.None);

        var (outcome, made) = await works.Actions.Force(order, Works.Ann, CancellationToken.None);
        await works.Actions.SetEnabled("form", false, Works.Ann, CancellationToken.None);
        var (off, whenOff) = await works.Actions.Force(order, Works.Ann, CancellationToken.None);
        var (other, _) = await works.Actions.Force(order with { Builders = ["lib-mac"] }, Works.Ann, CancellationToken.None);
        await works.PutInForce(Configurations.Of());
        var (gone, whenGone) = await works.Actions.Force(order, Works.Ann, CancellationToken.None);

        Assert.Equal([outcome, outcome], [off, gone]);
        Assert.All([whenOff!, whenGone!], again => Assert.Equal((made!.BuildsetId, made.RequestByBuilder.Single()), (again.BuildsetId, again.RequestByBuilder.Single())));
        Assert.IsType<ActionOutcome.KeyReused>(other);
        Assert.Equal(1, await works.Count("buildsets"));
    }

    [Fact]
    public async Task What_counts_is_the_revision_in_force_and_not_the_one_that_was_seen_last()
    {
        await using var works = await Works.With(Configurations.Of(Form("lib-linux")));
        await works.Actions.Force(new() { Scheduler = "form" }, Works.Ann, CancellationToken.None);
        await works.PutInForce(Configurations.Of(Form("app-linux")));
        var builder = await works.Store.Scalar<long>("SELECT id FROM builders WHERE name = 'app-linux'");

        var (_, made) = await works.Actions.Force(new() { Scheduler = "form" }, Works.Ann, CancellationToken.None);
        var (refused, _) = await works.Actions.Force(new() { Scheduler = "form", Builders = ["lib-linux"] }, Works.Ann, CancellationToken.None);

        Assert.Equal([builder], made!.RequestByBuilder.Keys);
        Assert.IsType<ActionOutcome.Invalid>(refused);
        Assert.Equal("1,2", await works.Store.Scalar<string>("SELECT string_agg(config_revision_id::text, ',' ORDER BY id) FROM buildsets"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_order_is_filled_in_again_for_the_form_that_has_come_meanwhile(bool refusesTheOldOne)
    {
        await using var works = await Works.With(Configurations.Of(Form("lib-linux")));
        await works.Actions.Force(new() { Scheduler = "form" }, Works.Ann, CancellationToken.None);
        await works.PutInForce(Configurations.Of(Form("app-linux")));
        var builder = await works.Store.Scalar<long>("SELECT id FROM builders WHERE name = 'app-linux'");
        var seen = new List<string>();

        var (outcome, made) = await works.Actions.Force("form", form =>
        {
            seen.AddRange(form.Builders);
            return refusesTheOldOne && form.Builders.Contains("lib-linux") ? new(null, [new("x", "It does not fit.")]) : new(new() { Scheduler = "form", Builders = form.Builders }, []);
        }, Works.Ann, CancellationToken.None);

        Assert.Equal(["lib-linux", "app-linux"], seen);
        Assert.Equal(new ActionOutcome.Done(made!.BuildsetId), outcome);
        Assert.Equal([builder], made.RequestByBuilder.Keys);
        Assert.Equal(2, await works.Count("buildsets"));
    }

    [Fact]
    public async Task What_does_not_fit_the_form_in_force_is_refused_and_so_is_a_form_that_is_not_there()
    {
        await using var works = await Works.With(Configurations.Of(Form("lib-linux"), Form("lib-linux") with { Name = "off", Enabled = false }));
        static FilledForm Wrong(ForceForm form) => new(null, [new("x", "It does not fit.")]);

        var (wrong, _) = await works.Actions.Force("form", Wrong, Works.Ann, CancellationToken.None);
        var (off, _) = await works.Actions.Force("off", Wrong, Works.Ann, CancellationToken.None);
        var (nobody, _) = await works.Actions.Force("nobody", Wrong, Works.Ann, CancellationToken.None);

        Assert.Equal("x", Assert.Single(Assert.IsType<ActionOutcome.Invalid>(wrong).Problems).Field);
        Assert.Equal(["force scheduler off that is switched on", "force scheduler nobody that is switched on"], new[] { off, nobody }.Select(o => Assert.IsType<ActionOutcome.NotFound>(o).What));
        Assert.Equal(0, await works.Count("buildsets"));
    }

    [Fact]
    public async Task An_order_that_waits_at_the_gate_heeds_who_went_through_before()
    {
        await using var works = await Works.With(Configurations.Of(Form("lib-linux")));
        await using var connection = await works.Store.Database.Open(CancellationToken.None);
        await using var transaction = await connection.BeginTransactionAsync(CancellationToken.None);
        await connection.ExecuteAsync("SELECT pg_advisory_xact_lock(hashtext('weir gate ' || current_schema())); UPDATE schedulers SET enabled = false");

        var forcing = works.Actions.Force(new() { Scheduler = "form" }, Works.Ann, CancellationToken.None);
        while (!await connection.ExecuteScalarAsync<bool>("SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted AND (classid::bigint << 32 | objid::bigint) = hashtext('weir gate ' || current_schema()))"))
            Assert.False(forcing.IsCompleted);
        await transaction.CommitAsync(CancellationToken.None);

        Assert.Equal("The scheduler form is switched off.", Assert.IsType<ActionOutcome.Conflict>((await forcing).Outcome).Why);
        Assert.Equal(0, await works.Count("buildsets") + await works.Count("audit") + await works.Count("event_outbox"));
    }

    [Fact]
    public async Task It_tells_of_itself_in_order()
    {
        await using var works = await Works.With(Configurations.Of(Form("lib-linux", "app-linux")));

        var (_, made) = await works.Actions.Force(new() { Scheduler = "form", Reason = " why " }, Works.Ann with { Address = "::1" }, CancellationToken.None);

        Assert.Equal("BuildsetAdded RequestAdded RequestAdded SchedulerChanged", await works.Store.Scalar<string>($"SELECT string_agg(kind, ' ' ORDER BY id) FROM event_outbox WHERE buildset_id = {made!.BuildsetId}"));
        Assert.Equal(2, await works.Store.Scalar<long>("SELECT count(*) FROM event_outbox e JOIN requests r ON r.id = e.request_id AND r.builder_id = e.builder_id AND r.buildset_id = e.buildset_id"));
        Assert.Equal($"ann scheduler.force scheduler form: buildset {made.BuildsetId}  why  ::1", await works.Store.Scalar<string>("SELECT concat_ws(' ', actor, action, subject, reason, address) FROM audit"));
        Assert.Equal("why", await works.Store.Scalar<string>("SELECT reason FROM buildsets"));
        Assert.Equal(made.BuildsetId, await works.Store.Scalar<long>("SELECT f.buildset_id FROM firings f JOIN schedulers s ON s.id = f.scheduler_id WHERE s.name = 'form' AND f.identity LIKE 'force:%'"));
    }

    [Fact]
    public async Task A_scheduler_that_is_switched_off_shows_no_form_and_forces_nothing()
    {
        await using var works = await Works.With(Configurations.Of(Configurations.Release()));
        var form = Assert.Single(await works.Queries.ForceForms(CancellationToken.None));
        Assert.Equal(["lib", "app"], form.Codebases);

        Assert.IsType<ActionOutcome.Done>(await works.Actions.SetEnabled("release", false, Works.Ann, CancellationToken.None));

        Assert.Empty(await works.Queries.ForceForms(CancellationToken.None));
        Assert.False(Assert.Single(await works.Queries.List(CancellationToken.None)).Enabled);
        Assert.IsType<ActionOutcome.Conflict>((await works.Actions.Force(Order(("version", "1.2.3")), Works.Ann, CancellationToken.None)).Outcome);
        Assert.IsType<ActionOutcome.NotFound>((await works.Actions.Force(Order() with { Scheduler = "nope" }, Works.Ann, CancellationToken.None)).Outcome);
        Assert.Equal(1, await works.Count("audit"));
    }
}
