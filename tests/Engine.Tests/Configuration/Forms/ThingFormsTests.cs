using System.Text.Json;
using System.Text.Json.Nodes;
using Weir.Engine.Configuration.Check;
using Weir.Engine.Configuration.Forms;
using Weir.Engine.Configuration.Format;
using Weir.Engine.Configuration.Reading;
using Weir.Shared.Configuration;
using Weir.Support;

namespace Weir.Engine.Tests.Configuration.Forms;

/// <summary>Forms say all that a configuration can say, and lose nothing of what was typed.</summary>
public sealed class ThingFormsTests
{
    private readonly ThingForms forms = new();

    public static TheoryData<string> Configurations =>
    [
        Samples.Whole,
        Samples.Small,
        File.ReadAllText(Path.Combine(RepositoryRoot.Path, "samples", "demo", "weir.yaml")).Replace("@repositories@", "/srv", StringComparison.Ordinal),
    ];

    [Theory]
    [MemberData(nameof(Configurations))]
    public void A_thing_shown_and_posted_unchanged_means_the_same(string text)
    {
        var root = YamlReader.Read(new("weir.yaml", text), new Problems())!;
        var before = ConfigurationReader.Read([new("weir.yaml", text)]).Model!;
        var written = (JsonObject)JsonScalar.Read(root)!;
        foreach (var section in forms.Sections.Where(s => written[s.Key] is JsonObject))
        {
            foreach (var (name, value) in (JsonObject)written[section.Key]!.DeepClone())
            {
                var form = forms.Of(section.Key, JsonSerializer.SerializeToElement(value));
                var (read, problems) = forms.Read(forms.Posted(section.Key, FormPost.Of(form)));
                Assert.Empty(problems);
                written[section.Key]![name] = JsonNode.Parse(read.GetRawText());
            }
        }
        // JSON is YAML.
        var (after, complaints) = ConfigurationReader.Read([new("weir.yaml", written.ToJsonString())]);
        Assert.Empty(complaints);
        Assert.Equal(JsonSerializer.Serialize(before), JsonSerializer.Serialize(after));
    }

    [Fact]
    public void Every_key_of_the_format_that_can_be_used_has_a_field()
    {
        foreach (var (kind, shape) in ConfigurationFormat.Steps.Shapes)
        {
            var form = forms.Posted("builders", new Dictionary<string, string>(), $"add steps {kind}");
            var item = Assert.Single(form.Fields.Single(f => f.Key == "steps").Items);
            Assert.Equal(shape.Available.Select(k => k.Name), item.Fields.Select(f => f.Key));
        }
        foreach (var (type, shape) in ConfigurationFormat.Schedulers.Shapes)
            Assert.Equal(shape.Available.Select(k => k.Name).Where(k => k != "type"), forms.Of("schedulers", null, type).Fields.Select(f => f.Key));
        Assert.Equal(WorkerFormat.Worker.Available.Select(k => k.Name), forms.Of("workers", null).Fields.Select(f => f.Key));
    }

    [Theory]
    [InlineData("remove steps[1]", "a c")]
    [InlineData("up steps[2]", "a c b")]
    [InlineData("down steps[0]", "b a c")]
    [InlineData("copy steps[0]", "a a b c")]
    [InlineData("up steps[0]", "a b c")]
    [InlineData("down steps[2]", "a b c")]
    [InlineData("remove steps[7]", "a b c")]
    [InlineData("remove steps[99999]", "a b c")]
    [InlineData("add steps run", "a b c -")]
    [InlineData("add steps nonsense", "a b c -")]
    [InlineData("remove nothing[0]", "a b c")]
    [InlineData("drop tables", "a b c")]
    public void A_button_changes_the_list_and_what_was_typed_stays(string button, string expected)
    {
        var posted = FormPost.Of(forms.Of("builders", Json("""{ "description": "typed", "steps": [ { "run": "a" }, { "run": "b" }, { "run": "c", "timeout": "nonsense" } ] }""")));
        var form = forms.Posted("builders", posted, button);
        Assert.Equal("typed", form.Fields.Single(f => f.Key == "description").Value);
        var steps = form.Fields.Single(f => f.Key == "steps").Items;
        Assert.Equal(expected, string.Join(' ', steps.Select(s => s.Fields.FirstOrDefault(f => f.Key is "run")?.Value is { Length: > 0 } run ? run : "-")));
        Assert.Equal(steps.Select((_, i) => $"steps[{i}]"), steps.Select(s => s.Path));
        Assert.All(steps.Where(s => s.Fields.Any(f => f is { Key: "run", Value: "c" })), s => Assert.Equal("nonsense", s.Fields.Single(f => f.Key == "timeout").Value));
    }

    [Fact]
    public void A_complaint_stands_at_its_field_also_below_a_name()
    {
        var posted = FormPost.Of(forms.Of("builders", Json("""{ "properties": { "prefix": { "type": "string" } }, "env": { "A": "1", "B": "2" }, "tags": ["x"], "steps": [ { "run": "make" } ] }""")));
        var form = forms.Posted("builders", posted, null,
        [
            Problem("properties.prefix.type"), Problem("env.B"), Problem("steps[0].timeout"), Problem("tags[0]"), Problem("steps"), Problem(""), Problem(null), Problem("steps[0]"),
        ]);
        Assert.Equal(["wrong: properties.prefix.type"], form.Fields.Single(f => f.Key == "properties").Items[0].Fields.Single(f => f.Key == "type").Problems);
        Assert.Equal(["wrong: env.B"], form.Fields.Single(f => f.Key == "env").Items[1].Fields[0].Problems);
        Assert.Equal(["wrong: tags[0]"], form.Fields.Single(f => f.Key == "tags").Problems);
        Assert.Equal(["wrong: steps"], form.Fields.Single(f => f.Key == "steps").Problems);
        Assert.Equal(["wrong: steps[0]"], form.Fields.Single(f => f.Key == "steps").Items[0].Problems);
        Assert.Equal(["wrong: steps[0].timeout"], form.Fields.Single(f => f.Key == "steps").Items[0].Fields.Single(f => f.Key == "timeout").Problems);
        Assert.Equal(["wrong: ", "wrong: "], form.Problems.Select(p => p.Message));
    }

    [Fact]
    public void A_name_that_stands_twice_or_is_missing_is_said_and_nothing_typed_is_lost()
    {
        var posted = FormPost.Of(forms.Of("builders", Json("""{ "env": { "A": "1", "B": "2", "C": "3" } }""")));
        posted[FormItem.NameOf("env[1]")] = "A";
        posted[FormItem.NameOf("env[2]")] = " ";
        var form = forms.Posted("builders", posted);
        var (_, problems) = forms.Read(form);
        Assert.Equal([("env[1]", "The name \"A\" stands twice."), ("env[2]", "A name is missing here.")], problems.Select(p => (p.Path!, p.Message)));
        var again = forms.Posted("builders", posted, null, problems).Fields.Single(f => f.Key == "env");
        Assert.Equal([("A", "1"), ("A", "2"), (" ", "3")], again.Items.Select(i => (i.Name!, i.Fields[0].Value)));
        Assert.Equal(["The name \"A\" stands twice."], again.Items[1].Problems);
    }

    [Fact]
    public void Another_type_keeps_the_fields_that_both_have()
    {
        var posted = FormPost.Of(forms.Of("schedulers", Json("""{ "type": "periodic", "every": "1h", "builders": ["a", "b"] }""")));
        var form = forms.Posted("schedulers", posted, "type nightly");
        Assert.Equal("nightly", form.Type);
        Assert.Equal("a\nb", form.Fields.Single(f => f.Key == "builders").Value);
        Assert.Equal("""{"type":"nightly","builders":["a","b"]}""", forms.Read(form).Value.GetRawText());
    }

    [Theory]
    [InlineData("""{ "properties": { "a": "5", "b": 5, "c": true, "d": "true", "e": null, "f": [1, "x"], "g": { "h": 1 }, "i": "", "j": "\"q\"", "k": "two\nlines", "l": "[1" } }""")]
    [InlineData("""{ "tags": ["a"] }""")]
    public void Values_that_look_like_others_stay_what_they_are(string worker)
    {
        var (read, problems) = forms.Read(forms.Posted("workers", FormPost.Of(forms.Of("workers", Json(worker)))));
        Assert.Empty(problems);
        Assert.True(JsonElement.DeepEquals(Json(worker), read), read.GetRawText());
    }

    [Theory]
    [InlineData("make check", "\"make check\"")]
    [InlineData("[\"make\", \"-j4\"]", "[\"make\",\"-j4\"]")]
    [InlineData("[ -f x ] && make", "\"[ -f x ] \\u0026\\u0026 make\"")]
    [InlineData("one\r\ntwo\r\n", "\"one\\ntwo\\n\"")]
    public void A_command_is_a_text_or_a_list_of_words(string typed, string expected)
    {
        var posted = FormPost.Of(forms.Posted("builders", new Dictionary<string, string>(), "add steps run"));
        posted["steps[0].run"] = typed;
        Assert.Equal(expected, forms.Read(forms.Posted("builders", posted)).Value.GetProperty("steps")[0].GetProperty("run").GetRawText());
    }

    private static ThingProblem Problem(string? path) => new(path, $"wrong: {path}", new("forms", 1, 1, path ?? "", ""));

    private static JsonElement Json(string text) => JsonDocument.Parse(text).RootElement;
}
