using System.Text;

namespace Weir.Engine.Tests.Changes;

public sealed class HookTests
{
    private const string Form = "application/x-www-form-urlencoded";
    private const string Json = "application/json; charset=utf-8";

    private static async Task<string?> Verdict(Works works, string type, byte[] body, string dialect = "base")
    {
        var headers = new Dictionary<string, string> { ["Authorization"] = "Basic secret", ["User-Agent"] = "curl" };
        var id = await works.Log.StoreHook(dialect, type, headers, body, "127.0.0.1", CancellationToken.None);
        Assert.Equal(1, await works.Hooks.ReadAll(CancellationToken.None));
        Assert.Equal(0, await works.Count("hook_work"));
        Assert.Equal("""{"User-Agent": "curl"}""", await works.Store.Scalar<string>($"SELECT headers::text FROM raw_hooks WHERE id = {id}"));
        return await works.Store.Scalar<string>($"SELECT verdict FROM raw_hooks WHERE id = {id}");
    }

    [Fact]
    public async Task A_form_as_Buildbot_understands_it_becomes_a_change()
    {
        await using var works = await Works.With(Configurations.Of());
        var body = "who=Zo%C3%AB+%3Cz%40x%3E&comments=two+words&files=%5B%22src%2Fa.c%22%2C+%22b%22%5D&revision=12&branch=main&codebase=lib&category=c&when=1700000000.5&properties=%7B%22n%22%3A+3%7D&revlink=https%3A%2F%2Fx%2F12"u8.ToArray();

        var verdict = await Verdict(works, Form, body);

        var change = (await works.Log.List(null, null, null, 1, CancellationToken.None)).Items[0];
        Assert.Equal($"change {change.Id}", verdict);
        Assert.Equal(("Zoë <z@x>", "two words", "12", "main", "lib", "c", "https://x/12"), (change.Author, change.Comments, change.Revision, change.Branch, change.Codebase, change.Category, change.RevisionLink));
        Assert.Equal(["src/a.c", "b"], change.Files);
        Assert.Equal(("n", "3"), (change.Properties[0].Name, change.Properties[0].Value));
        Assert.Equal(1700000000500, change.When.ToUnixTimeMilliseconds());
        Assert.Equal(1, await works.Count("change_work"));
    }

    [Fact]
    public async Task The_same_body_twice_is_one_change()
    {
        await using var works = await Works.With(Configurations.Of());
        var body = Encoding.UTF8.GetBytes($$"""{"author": "ann", "codebase": "lib", "branch": "main", "revision": "{{new string('b', 40)}}", "comments": "x"}""");

        Assert.StartsWith("change ", await Verdict(works, Json, body));
        Assert.EndsWith("known already", await Verdict(works, Json, body));

        Assert.Equal(1, await works.Count("changes"));
    }

    [Theory]
    [InlineData(Json, "{\"author\": \"a\", \"codebase\": \"x\"}", "no such codebase: x")]
    [InlineData(Json, "{\"author\"", "not JSON")]
    [InlineData(Json, "[]", "a JSON object was expected")]
    [InlineData(Json, "{\"author\": \"a\", \"author\": \"b\"}", "not JSON")]
    [InlineData(Json, "{\"author\": [1]}", "author: a text was expected")]
    [InlineData(Json, "{\"author\": \"\\ud800\"}", "half a surrogate pair")]
    [InlineData(Json, "{\"comments\": \"x\"}", "author: Say who")]
    [InlineData(Json, "{\"author\": \"a\", \"when\": 1e400}", "when: seconds")]
    [InlineData(Json, "{\"author\": \"a\", \"files\": {}}", "files: a list")]
    [InlineData(Json, "{\"author\": \"a\", \"branch\": \"$(id)\\n\"}", "branch: ")]
    [InlineData(Form, "author=a&files=notjson", "files: not JSON")]
    [InlineData(Form, "author=a&branch=--upload-pack%3Dx", "branch: ")]
    [InlineData("text/plain", "author=a", "a form or JSON was expected")]
    public async Task Bad_input_is_an_answer(string type, string body, string verdict)
    {
        await using var works = await Works.With(Configurations.Of());

        Assert.Contains(verdict, await Verdict(works, type, Encoding.UTF8.GetBytes(body)));

        Assert.Equal(0, await works.Count("changes"));
    }

    [Fact]
    public async Task Deep_nesting_and_foreign_bytes_and_unknown_dialects_are_answers_too()
    {
        await using var works = await Works.With(Configurations.Of());

        Assert.StartsWith("not JSON", await Verdict(works, Json, Encoding.ASCII.GetBytes(new string('[', 100_000))));
        Assert.Equal("not UTF-8", await Verdict(works, Json, [0x7b, 0xff, 0x7d]));
        Assert.Equal("no such dialect: github", await Verdict(works, Json, "{}"u8.ToArray(), "github"));
        Assert.StartsWith("change ", await Verdict(works, Json, """{"author": "a\u0000b"}"""u8.ToArray()));
    }

    [Fact]
    public async Task Two_engines_read_each_hook_once()
    {
        await using var works = await Works.With(Configurations.Of());
        for (var n = 0; n < 40; n++)
            await works.Log.StoreHook("base", Form, new Dictionary<string, string>(), Encoding.UTF8.GetBytes($"author=a&comments={n}"), null, CancellationToken.None);

        var read = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => works.Hooks.ReadAll(CancellationToken.None)));

        Assert.Equal(40, read.Sum());
        Assert.Equal(40, await works.Store.Scalar<long>("SELECT count(DISTINCT comments) FROM changes"));
    }
}
