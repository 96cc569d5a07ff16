using System.Text.Json;
using Weir.Engine.Configuration;
using Weir.Engine.Configuration.Check;
using Weir.Shared.Builds;
using Weir.Shared.Configuration;

namespace Weir.Engine.Tests.Configuration;

public sealed class ReaderTests
{
    [Fact]
    public void A_configuration_becomes_its_model()
    {
        var (model, problems) = ConfigurationReader.Read(Samples.Part(Samples.Whole));

        Assert.Empty(problems);
        Assert.NotNull(model);
        Assert.Equal("GStreamer CI", model.Title);
        Assert.Equal(["main", "release/*"], Assert.IsType<GitPollerConfiguration>(model.ChangeSources[0]).Branches);
        Assert.Equal(["main"], Assert.IsType<GitPollerConfiguration>(model.ChangeSources[1]).Branches);
        var single = Assert.IsType<SingleBranchConfiguration>(model.Schedulers[0]);
        Assert.Equal(TimeSpan.FromSeconds(5), single.TreeStable);
        Assert.Equal(["src/**", "!docs/**"], single.Changes.Files);
        Assert.Equal("edge", single.Properties["stage"].GetString());
        Assert.False(model.Schedulers[1].Enabled);
        Assert.Equal("true", Assert.IsType<ForceConfiguration>(model.Schedulers[2]).Parameters[2].Default);
        Assert.Equal(8, model.Workers[0].Properties["cores"].GetInt32());
        Assert.Equal(["volunteer"], model.Workers[1].Tags);
    }

    [Fact]
    public void Steps_get_names_defaults_and_what_their_codebase_says()
    {
        var builder = ConfigurationReader.Read(Samples.Part(Samples.Whole)).Model!.Builders[0];

        Assert.Equal(["git", "configure", "make", "make-2", "set", "configure-2"], builder.Steps.Select(s => s.Name));
        Assert.Equal("https://example.org/libgst.git", Assert.IsType<GitStepConfiguration>(builder.Steps[0]).Repository);
        var check = Assert.IsType<RunStepConfiguration>(builder.Steps[3]);
        Assert.Equal("properties.branch == 'main' && success()", check.If);
        Assert.Equal(new Dictionary<int, BuildResult> { [0] = BuildResult.Success, [77] = BuildResult.Skipped }, check.ExitCodes);
        Assert.Equal((false, true, TimeSpan.FromMinutes(20), null), (check.HaltOnFailure, check.FlunkOnFailure, check.Timeout, check.MaxTime));
        Assert.Equal(["make", "-j${{ properties.jobs }}"], Assert.IsType<RunStepConfiguration>(builder.Steps[2]).Arguments);
        var set = Assert.IsType<SetStepConfiguration>(builder.Steps[4]);
        Assert.Equal([("stage", "${{ steps.configure.result }}", null), ("sha", null, "git rev-parse HEAD"), ("count", "${{ 5 }}", null)], set.Assignments.Select(a => (a.Name, a.Value, a.Shell)));
        Assert.Null(set.Timeout);
        Assert.Equal(new Dictionary<string, string> { ["CFLAGS"] = "-O2", ["PREFIX"] = "${{ properties.prefix }}" }, builder.Env);
    }

    [Theory]
    [InlineData("", CollapseRule.Never, CancelOlder.Nothing, false, false)]
    [InlineData("cancelOlder: true, failFast: true", CollapseRule.Compatible, CancelOlder.Running, true, true)]
    [InlineData("cancelOlder: waiting, failFast: false", CollapseRule.Always, CancelOlder.Waiting, false, false)]
    [InlineData("cancelOlder: false", CollapseRule.Compatible, CancelOlder.Nothing, false, true)]
    public void What_newer_requests_do_to_older_ones_is_read(string scheduler, CollapseRule collapse, CancelOlder older, bool failFast, bool trigger)
    {
        var (model, problems) = ConfigurationReader.Read(Samples.Part($$"""
            weir: 1
            codebases: { lib: { repository: "https://example.org/lib.git" } }
            workers: { w: {} }
            schedulers:
              on: { type: any-branch, builders: [b], {{scheduler}} }
              pack: { type: triggerable, builders: [c], failFast: {{(failFast ? "true" : "false")}} }
            builders:
              b: { collapse: {{collapse.ToString().ToLowerInvariant()}}, steps: [ { trigger: { scheduler: pack{{(trigger == failFast ? "" : $", failFast: {(trigger ? "true" : "false")}")}} } } ] }
              c: { steps: [ { run: x } ] }
            """));

        Assert.Empty(problems);
        var on = Assert.IsType<AnyBranchConfiguration>(model!.Schedulers[0]);
        Assert.Equal((collapse, older, failFast), (model.Builders[0].Collapse, on.CancelOlder, on.FailFast));
        Assert.Equal(trigger, Assert.IsType<TriggerStepConfiguration>(model.Builders[0].Steps[0]).FailFast);
    }

    [Fact]
    public void A_model_survives_the_store()
    {
        var model = ConfigurationReader.Read(Samples.Part(Samples.Whole)).Model!;

        var json = ConfigurationJson.Write(model);

        Assert.Equal(json, ConfigurationJson.Write(ConfigurationJson.Read<WeirConfiguration>(json)));
    }

    [Fact]
    public void Parts_are_merged_by_name()
    {
        var (model, problems) = ConfigurationReader.Read([
            new("a.yaml", "weir: 1\ntitle: A\nworkers: { w: {} }\ncodebases: { lib: { repository: /lib } }\n"),
            new("b.yaml", "weir: 1\r\nbuilders:\r\n  x:\r\n    steps: [ { git: { codebase: lib } } ]\r\n"),
        ]);

        Assert.Empty(problems);
        Assert.Equal(("A", "x", "w"), (model!.Title, model.Builders[0].Name, model.Workers[0].Name));
    }

    [Fact]
    public void The_schema_is_JSON_and_describes_every_key()
    {
        using var schema = JsonDocument.Parse(ConfigurationSchema.Json);

        Assert.Equal("https://json-schema.org/draft/2020-12/schema", schema.RootElement.GetProperty("$schema").GetString());
        var builder = schema.RootElement.GetProperty("properties").GetProperty("builders").GetProperty("additionalProperties").GetProperty("properties");
        Assert.All(builder.EnumerateObject(), key => Assert.NotEmpty(key.Value.GetProperty("description").GetString()!));
        Assert.Equal(4, builder.GetProperty("steps").GetProperty("items").GetProperty("oneOf").GetArrayLength());
    }
}
