using System.Text.Json.Nodes;
using Weir.Engine.Configuration.Expressions;
using Weir.Shared.Builds;

namespace Weir.Engine.Tests.Configuration.Expressions;

public sealed class ExpressionTests
{
    private static readonly EvaluationContext Context = new()
    {
        Contexts = new Dictionary<string, JsonNode?>
        {
            ["properties"] = JsonNode.Parse("""{ "branch": "Main", "count": 3, "flag": false, "none": null, "id": 9007199254740993, "list": ["a", "B", 3], "with space": "yes", "empty": "" }"""),
            ["changes"] = JsonNode.Parse("""[ { "author": "ann", "comments": "fix [skip ci]", "files": ["a.c", "b.c"] }, { "author": "bob", "comments": "more", "files": ["c.c"] }, { "comments": "no author" } ]"""),
            ["steps"] = JsonNode.Parse("""{ "configure": { "result": "success", "outputs": { "version": "1.2" } } }"""),
            ["nothing"] = null,
        },
    };

    [Theory]
    [InlineData("null", "null")]
    [InlineData("true", "true")]
    [InlineData("'it''s'", "\"it's\"")]
    [InlineData("''", "\"\"")]
    [InlineData("12", "12")]
    [InlineData("-3.5", "-3.5")]
    [InlineData("0xff", "255")]
    [InlineData("0o17", "15")]
    [InlineData("-2.99e-2", "-0.0299")]
    [InlineData("1e3", "1000")]
    [InlineData("properties.branch", "\"Main\"")]
    [InlineData("properties['branch']", "\"Main\"")]
    [InlineData("properties['with space']", "\"yes\"")]
    [InlineData("properties.id", "9007199254740993")]
    [InlineData("properties.unknown", "null")]
    [InlineData("properties.unknown.deeper[3].still", "null")]
    [InlineData("properties.branch.length", "null")]
    [InlineData("nothing.at.all", "null")]
    [InlineData("properties.list[1]", "\"B\"")]
    [InlineData("properties.list[1.9]", "\"B\"")]
    [InlineData("properties.list['2']", "3")]
    [InlineData("properties.list[9]", "null")]
    [InlineData("properties.list[-1]", "null")]
    [InlineData("steps.configure.outputs.version", "\"1.2\"")]
    [InlineData("changes.*.author", """["ann","bob"]""")]
    [InlineData("changes[*].author", """["ann","bob"]""")]
    [InlineData("changes.*.files.*", """["a.c","b.c","c.c"]""")]
    [InlineData("changes.author", "null")]
    [InlineData("steps.*.result", """["success"]""")]
    [InlineData("!true", "false")]
    [InlineData("!!'x'", "true")]
    [InlineData("!''", "true")]
    [InlineData("1 == 1.0", "true")]
    [InlineData("'ABC' == 'abc'", "true")]
    [InlineData("'a' < 'B'", "true")]
    [InlineData("1 == '1'", "true")]
    [InlineData("true == 1", "true")]
    [InlineData("null == 0", "true")]
    [InlineData("null == ''", "true")]
    [InlineData("'x' == 0", "false")]
    [InlineData("'x' < 1", "false")]
    [InlineData("'x' >= 1", "false")]
    [InlineData("changes == changes", "true")]
    [InlineData("changes == steps", "false")]
    [InlineData("2 < 10", "true")]
    [InlineData("'2' < '10'", "false")]
    [InlineData("1 < 2 == true", "true")]
    [InlineData("!false && false", "false")]
    [InlineData("true || false && false", "true")]
    [InlineData("(true || false) && false", "false")]
    [InlineData("properties.none || 'default'", "\"default\"")]
    [InlineData("properties.branch && 'set' || 'unset'", "\"set\"")]
    [InlineData("0 || null", "null")]
    [InlineData("contains('Hello world', 'WORLD')", "true")]
    [InlineData("contains(properties.list, 'b')", "true")]
    [InlineData("contains(properties.list, '3')", "true")]
    [InlineData("contains(properties.list, 'bc')", "false")]
    [InlineData("contains(changes.*.author, 'bob')", "true")]
    [InlineData("contains(123, 2)", "true")]
    [InlineData("contains(properties.branch, properties.list)", "false")]
    [InlineData("startsWith(properties.list, '[')", "false")]
    [InlineData("endsWith(steps, '}')", "false")]
    [InlineData("join(steps)", "\"\"")]
    [InlineData("join(properties.list, steps)", "\"a,B,3\"")]
    [InlineData("properties.BRANCH", "\"Main\"")]
    [InlineData("changes.*.Author", """["ann","bob"]""")]
    [InlineData("steps[changes]", "null")]
    [InlineData("startsWith(properties.branch, 'ma')", "true")]
    [InlineData("ENDSWITH('abc', 'BC')", "true")]
    [InlineData("format('{1}-{0} {{}}', 'a', 2)", "\"2-a {}\"")]
    [InlineData("join(properties.list)", "\"a,B,3\"")]
    [InlineData("join(changes.*.author, ' and ')", "\"ann and bob\"")]
    [InlineData("join('one')", "\"one\"")]
    [InlineData("fromJSON('{\"a\":[1,2]}').a[1]", "2")]
    [InlineData("fromJSON(toJSON(properties)).count", "3")]
    [InlineData("toJSON('a')", "\"\\\"a\\\"\"")]
    [InlineData("matches('v1.2.3', '^v\\d+\\.')", "true")]
    [InlineData("matches('x', '^v')", "false")]
    [InlineData("any(changes.*.comments, contains(item, '[skip ci]'))", "true")]
    [InlineData("all(changes.*.comments, contains(item, '[skip ci]'))", "false")]
    [InlineData("any(changes, any(item.files, endsWith(item, 'c.c')))", "true")]
    [InlineData("all(nothing, item == 1)", "true")]
    [InlineData("any(nothing, item == 1)", "false")]
    [InlineData("success() && !failure() && !cancelled() && always()", "true")]
    public void An_expression_has_this_value(string text, string json)
    {
        var value = Expression.Parse(text).Evaluate(Context);

        Assert.Equal(json, value?.ToJsonString(new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }) ?? "null");
    }

    [Theory]
    [InlineData("", 0, "The expression is empty.")]
    [InlineData("  ", 2, "The expression is empty.")]
    [InlineData("a b", 2, "An operator or the end was expected, not \"b\".")]
    [InlineData("1 +", 2, "There is no arithmetic")]
    [InlineData("a = b", 2, "equality is written \"==\"")]
    [InlineData("a & b", 2, "written \"&&\"")]
    [InlineData("\"x\"", 0, "single quotes")]
    [InlineData("'abc", 0, "no closing quote")]
    [InlineData("(1", 2, "\")\" was expected, not the end (\"(\" stands at character 1).")]
    [InlineData("a[1", 3, "\"]\" was expected")]
    [InlineData("a.", 2, "A name or * was expected after the dot")]
    [InlineData("a.'b'", 2, "A name or * was expected after the dot")]
    [InlineData("1 == ", 5, "A value was expected, not the end.")]
    [InlineData("12abc", 0, "\"12abc\" is not a number.")]
    [InlineData("1e999", 0, "is not a number")]
    [InlineData("contain('a', 'b')", 0, "There is no function \"contain\". Did you mean \"contains\"?")]
    [InlineData("contains('a')", 0, "contains(…) takes two arguments, not 1.")]
    [InlineData("success(1)", 0, "success(…) takes no arguments, not 1.")]
    [InlineData("join('a' 'b')", 9, "\",\" was expected")]
    [InlineData("success", 0, "\"success\" is a function: write success().")]
    [InlineData("item == 1", 0, "\"item\" is known only in the second argument")]
    [InlineData("any(item, true)", 4, "\"item\" is known only")]
    [InlineData("matches('a', '(?<=x)a')", 13, "bounded time")]
    [InlineData("matches('a', '(a')", 13, "not a regular expression")]
    [InlineData("a é", 2, "The character U+00E9 has no place")]
    [InlineData("a $ b", 2, "\"$\" has no place")]
    public void A_broken_expression_is_refused_at_its_place(string text, int offset, string message)
    {
        var e = Assert.Throws<ExpressionException>(() => Expression.Parse(text));

        Assert.Contains(message, e.Message, StringComparison.Ordinal);
        Assert.Equal(offset, e.Offset);
    }

    [Theory]
    [InlineData("unknown.x", 0, "There is no context \"unknown\" here.")]
    [InlineData("1 == propertys.x", 5, "Did you mean \"properties\"?")]
    [InlineData("any('x', true)", 4, "is not a list")]
    [InlineData("fromJSON('{')", 0, "was given no JSON")]
    [InlineData("fromJSON('{\"a\":1,\"a\":2}')", 0, "was given no JSON")]
    [InlineData("format('{0}')", 0, "has no value for {0}")]
    [InlineData("format('{x}', 1)", 0, "a lone brace")]
    [InlineData("matches('a', properties.branch && '(')", 0, "not a regular expression")]
    public void An_evaluation_that_cannot_be_is_refused_at_its_place(string text, int offset, string message)
    {
        var e = Assert.Throws<ExpressionException>(() => Expression.Parse(text).Evaluate(Context));

        Assert.Contains(message, e.Message, StringComparison.Ordinal);
        Assert.Equal(offset, e.Offset);
    }

    [Theory]
    [InlineData(BuildResult.Success, false, true, false, false)]
    [InlineData(BuildResult.Warnings, false, true, false, false)]
    [InlineData(BuildResult.Skipped, false, true, false, false)]
    [InlineData(BuildResult.Failure, false, false, true, false)]
    [InlineData(BuildResult.Exception, false, false, true, false)]
    [InlineData(BuildResult.Retry, false, false, false, false)]
    [InlineData(BuildResult.Cancelled, false, false, false, true)]
    [InlineData(BuildResult.Success, true, false, false, true)]
    [InlineData(BuildResult.Failure, true, false, false, true)]
    public void Status_functions_follow_the_result_so_far(BuildResult result, bool stopped, bool success, bool failure, bool cancelled)
    {
        var context = Context with { ResultSoFar = result, Stopped = stopped };

        Assert.Equal((success, failure, cancelled, true), (Is("success()"), Is("failure()"), Is("cancelled()"), Is("always()")));

        bool Is(string text) => Expression.Parse(text).IsTrue(context);
    }

    [Fact]
    public void An_expression_says_what_it_mentions()
    {
        var expression = Expression.Parse("properties.branch == 'x' && steps['a'].outputs[properties.n] || failure()");

        Assert.True(expression.MentionsStatus);
        Assert.False(Expression.Parse("properties.success").MentionsStatus);
        Assert.Equal(["properties@0:branch", "properties@47:n", "steps@28:a/outputs"], expression.References.Select(r => $"{r.Context}@{r.Offset}:{string.Join('/', r.Path)}"));
    }

    [Fact]
    public void Depth_is_bounded_and_never_overflows_the_stack()
    {
        foreach (var text in new[] { new string('(', 5000), new string('!', 10_000) + "1", string.Concat(Enumerable.Repeat("a[", 5000)), string.Join("==", Enumerable.Repeat("1", 3000)), string.Concat(Enumerable.Repeat("format(", 1400)) })
            Assert.Contains("nested deeper than 100", Assert.Throws<ExpressionException>(() => Expression.Parse(text)).Message, StringComparison.Ordinal);

        Assert.Equal("1", Expression.Parse(string.Join("||", Enumerable.Repeat("0", 3000)) + "||1").Evaluate(Context)!.ToJsonString());
        Assert.Null(Expression.Parse("properties" + string.Concat(Enumerable.Repeat(".a", 4000))).Evaluate(Context));
        Assert.Throws<ExpressionException>(() => Expression.Parse(new string('1', 11_000)));
    }

    [Fact]
    public void Work_and_size_are_bounded()
    {
        var big = new EvaluationContext { Contexts = new Dictionary<string, JsonNode?> { ["l"] = new JsonArray([.. Enumerable.Range(0, 1000).Select(i => JsonValue.Create(i))]), ["s"] = new string('a', 900_000) } };

        Assert.Contains("takes too long", Refused("all(l, all(l, all(l, item >= 0)))"), StringComparison.Ordinal);
        Assert.Contains("takes too long", Refused("contains(s, format('{0}b', s))"), StringComparison.Ordinal);
        Assert.Contains("longer than 1 MiB", Refused("format('{0}{0}', s)"), StringComparison.Ordinal);
        Assert.Contains("longer than 1 MiB", Refused("join(l, s)"), StringComparison.Ordinal);
        Assert.True(Expression.Parse("matches(format('{0}!', s), '(a+)+$') || true").IsTrue(big));

        string Refused(string text) => Assert.Throws<ExpressionException>(() => Expression.Parse(text).Evaluate(big)).Message;
    }

    [Theory]
    [InlineData("plain", "\"plain\"")]
    [InlineData("${{ properties.count }}", "3")]
    [InlineData("${{ properties.count }} ", "\"3 \"")]
    [InlineData("v${{ properties.count }}.${{properties.count}}", "\"v3.3\"")]
    [InlineData("${{ properties.list }}", """["a","B",3]""")]
    [InlineData("is ${{ properties.list }}", "\"is [\\u0022a\\u0022,\\u0022B\\u0022,3]\"")]
    [InlineData("${{ '}}' }}!", "\"}}!\"")]
    [InlineData("${{ '${{' }}", "\"${{\"")]
    [InlineData("${{ properties.none }}", "null")]
    [InlineData("$HOME ${X} {{ }}", "\"$HOME ${X} {{ }}\"")]
    public void A_template_of_one_expression_keeps_its_type(string text, string json) => Assert.Equal(json, Template.Parse(text).Value(Context)?.ToJsonString() ?? "null");

    [Fact]
    public void Offsets_in_a_template_count_from_its_start()
    {
        Assert.Equal(2, Assert.Throws<ExpressionException>(() => Template.Parse("a ${{ b")).Offset);
        Assert.Equal(12, Assert.Throws<ExpressionException>(() => Template.Parse("${{ 1 }} ${{ = }}")).Offset - 1);
        Assert.Equal(7, Assert.Throws<ExpressionException>(() => Template.Parse("abc${{ nope }}").Text(Context)).Offset);
        Assert.Equal(7, Template.Parse("abc${{ properties.x }}").References.Single().Offset);
    }
}
