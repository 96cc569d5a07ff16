using Weir.Engine.Configuration.Check;

namespace Weir.Engine.Tests.Configuration;

/// <summary>Trigger steps in the configuration: who waits for whom.</summary>
public sealed class TriggerCheckTests
{
    private static string[] Problems(string schedulers, string builders) =>
        [.. ConfigurationReader.Read(Samples.Part($"weir: 1\nworkers: {{ w: {{}} }}\nschedulers:\n{schedulers}\nbuilders:\n{builders}\n")).Problems.Select(p => p.Message)];

    private static string Triggering(string builder, string scheduler, bool wait = true) => $"  {builder}: {{ steps: [ {{ trigger: {{ scheduler: {scheduler}, wait: {(wait ? "true" : "false")} }} }} ] }}\n";

    private const string Three = "  a-s: { type: triggerable, builders: [a] }\n  b-s: { type: triggerable, builders: [b] }\n  c-s: { type: triggerable, builders: [c] }";

    [Fact]
    public void A_line_of_triggers_is_accepted() => Assert.Empty(Problems(Three, Triggering("a", "b-s") + Triggering("b", "c-s") + "  c: { steps: [ { run: x } ] }"));

    [Fact]
    public void A_circle_that_waits_is_refused_and_spelled_out() => Assert.Equal(
        ["Builds would wait for one another for ever: a waits in its step trigger b-s for b; b waits in its step trigger c-s for c; c waits in its step trigger a-s for a. Trigger one of them without \"wait: true\"."],
        Problems(Three, Triggering("a", "b-s") + Triggering("b", "c-s") + Triggering("c", "a-s")));

    [Fact]
    public void A_circle_in_which_one_does_not_wait_is_accepted() => Assert.Empty(Problems(Three, Triggering("a", "b-s") + Triggering("b", "c-s") + Triggering("c", "a-s", wait: false)));

    [Fact]
    public void A_builder_that_waits_for_itself_is_refused() => Assert.StartsWith("Builds would wait for one another for ever: a waits in its step trigger a-s for a.", Assert.Single(Problems("  a-s: { type: triggerable, builders: [a] }", Triggering("a", "a-s"))));

    [Fact]
    public void What_is_no_triggerable_scheduler_is_refused()
    {
        Assert.Equal("The scheduler \"f\" is of type force; only one of type triggerable can be set off by a step.", Assert.Single(Problems("  f: { type: force, builders: [b] }", Triggering("a", "f") + "  b: { steps: [ { run: x } ] }")));
        Assert.Equal("There is no scheduler \"b-z\". Did you mean \"b-s\"?", Assert.Single(Problems("  b-s: { type: triggerable, builders: [b] }", Triggering("a", "b-z") + "  b: { steps: [ { run: x } ] }")));
    }

    [Fact]
    public void Properties_that_a_trigger_gives_are_known_to_the_builders_and_their_expressions_are_checked()
    {
        const string scheduler = "  b-s: { type: triggerable, builders: [b] }";
        Assert.Empty(Problems(scheduler, "  a: { steps: [ { trigger: { scheduler: b-s, properties: { size: big } } } ] }\n  b: { steps: [ { run: \"echo ${{ properties.size }}\" } ] }"));
        Assert.StartsWith("No property \"nope\" is known here.", Assert.Single(Problems(scheduler, "  a: { steps: [ { trigger: { scheduler: b-s, properties: { size: \"${{ properties.nope }}\" } } } ] }\n  b: { steps: [ { run: x } ] }")));
        Assert.StartsWith("There is no codebase \"lib\".", Assert.Single(Problems(scheduler, "  a: { steps: [ { trigger: { scheduler: b-s, sourceStamps: { lib: { branch: x } } } } ] }\n  b: { steps: [ { run: x } ] }")));
    }
}
