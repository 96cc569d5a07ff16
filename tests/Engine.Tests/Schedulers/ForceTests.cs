using System.Text.Json;
using Weir.Engine.Tests.Changes;
using Weir.Shared;
using Weir.Shared.Builds;
using Weir.Shared.Schedulers;

namespace Weir.Engine.Tests.Schedulers;

public sealed class ForceTests
{
    private static ForceOrder Order(params (string Name, object? Value)[] fields) => new()
    {
        Scheduler = "release",
        Properties = fields.ToDictionary(f => f.Name, f => JsonSerializer.SerializeToElement(f.Value)),
    };

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
