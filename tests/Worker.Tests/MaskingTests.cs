using System.Text;
using Weir.Worker.Commands.Masking;

namespace Weir.Worker.Tests;

/// <summary>No secret comes through, however the stream is cut, and nothing else is lost.</summary>
public sealed class MaskingTests
{
    [Theory]
    [InlineData("token hunter22 and hunter22", "token *** and ***")]
    [InlineData("hunter2hunter22hunter2", "hunter2***hunter2")]
    [InlineData("hunt\ner22\n", "***\n***\n")]
    [InlineData("h\nunter22\nx", "h\n***\nx")] // a line is not kept back for one byte of it
    [InlineData("hunt\r\ner22!", "***\r\n***!")]
    [InlineData("hunter2", "hunter2")]
    [InlineData("hunter2\n\n", "hunter2\n\n")]
    [InlineData("", "")]
    public void A_secret_is_masked_also_where_a_line_ends_within_it(string text, string masked)
    {
        Assert.Equal(masked.Replace("h\n***", "***\n***", StringComparison.Ordinal), Masker.For(["hunter22"])!.Mask(text));
        Assert.Equal(masked, Byte(Masker.For(["hunter22"])!, text));
    }

    [Fact]
    public void Every_line_of_a_long_secret_is_one_by_itself()
    {
        var key = "-----BEGIN KEY-----\nb3BlbnNzaC1rZXktdjEAAAAABG5vbmUA\nAAAAAAAAAB\n-----END KEY-----\n";
        var masker = Masker.For([key])!;

        Assert.Equal("***\n***\n***\n***\n", masker.Mask(key));
        Assert.Equal("just ***", masker.Mask("just b3BlbnNzaC1rZXktdjEAAAAABG5vbmUA"));
        Assert.Equal("in one line ***", masker.Mask("in one line " + key.Replace("\n", "", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("u")]
    [InlineData("us")]
    [InlineData("user:")]
    public void Base64_is_seen_through_wherever_the_secret_begins(string before)
    {
        const string secret = "correct horse battery staple?>~";
        var masker = Masker.For([secret])!;
        var text = Convert.ToBase64String(Encoding.UTF8.GetBytes(before + secret + " and more"));
        var wrapped = string.Join('\n', text.Chunk(11).Select(c => new string(c)));

        foreach (var shown in new[] { text, text.Replace('+', '-').Replace('/', '_'), wrapped })
        {
            var masked = masker.Mask(shown).Replace("\n", "", StringComparison.Ordinal);
            Assert.Contains("***", masked, StringComparison.Ordinal);
            // What is left tells at most the bytes at its edges.
            Assert.True(masked.Replace("***", "", StringComparison.Ordinal).Length <= text.Length - (secret.Length * 4 / 3) + 4, masked);
        }
    }

    [Fact]
    public void Forms_for_URLs_and_JSON_are_masked()
    {
        var masker = Masker.For(["p@ss/w\"ord ü"])!;

        Assert.Equal("***", masker.Mask(Uri.EscapeDataString("p@ss/w\"ord ü")));
        Assert.Equal("{\"a\":\"***\"}", masker.Mask(System.Text.Json.JsonSerializer.Serialize(new { a = "p@ss/w\"ord ü" })));
    }

    [Fact]
    public void Short_texts_are_not_masked() => Assert.Null(Masker.For(["abc"]));

    [Fact]
    public void However_the_stream_is_cut_it_gives_the_same_as_the_whole_and_no_secret()
    {
        var random = new Random(20261125);
        for (var round = 0; round < 2_000; round++)
        {
            var secrets = Enumerable.Range(0, 1 + random.Next(3)).Select(_ => Word(random, 4 + random.Next(12))).ToArray();
            var text = new StringBuilder();
            for (var i = 0; i < 40; i++)
            {
                var secret = secrets[random.Next(secrets.Length)];
                text.Append(random.Next(6) switch
                {
                    0 => secret,
                    1 => secret[..random.Next(secret.Length)],
                    2 => secret.Insert(random.Next(secret.Length), "\n"),
                    3 => "\n",
                    _ => Word(random, random.Next(8)),
                });
            }
            var bytes = Encoding.ASCII.GetBytes(text.ToString());
            using var masked = new MemoryStream();
            var stream = new MaskedStream(Masker.For(secrets)!, masked.Write);
            for (var at = 0; at < bytes.Length;)
            {
                var count = Math.Min(bytes.Length - at, 1 + random.Next(20));
                stream.Feed(bytes.AsSpan(at, count));
                at += count;
            }
            stream.End();
            var shown = Encoding.ASCII.GetString(masked.ToArray());

            Assert.All(secrets, s => Assert.DoesNotContain(s, shown, StringComparison.Ordinal));
            Assert.Equal(text.ToString().Count(c => c == '\n'), shown.Count(c => c == '\n'));
            // Nothing is taken but what belongs to a secret, nor put in but masks.
            var rest = shown.Replace("***", "", StringComparison.Ordinal);
            Assert.True(IsWithin(rest, text.ToString()), $"{text}\n----\n{shown}");
        }
    }

    [Fact]
    public void Output_without_secrets_comes_through_byte_by_byte()
    {
        var bytes = new byte[500_000];
        new Random(1).NextBytes(bytes);
        using var masked = new MemoryStream();
        var stream = new MaskedStream(Masker.For(["a secret that is not there", "another"])!, masked.Write);
        for (var at = 0; at < bytes.Length; at += 1_000)
            stream.Feed(bytes.AsSpan(at, 1_000));
        stream.End();

        Assert.Equal(bytes, masked.ToArray());
    }

    // Few letters, so that beginnings of secrets stand everywhere.
    private static string Word(Random random, int length) => string.Concat(Enumerable.Range(0, length).Select(_ => "abc"[random.Next(3)]));

    private static bool IsWithin(string part, string whole)
    {
        var at = 0;
        foreach (var c in whole)
        {
            if (at < part.Length && part[at] == c)
                at++;
        }
        return at == part.Length;
    }

    private static string Byte(Masker masker, string text)
    {
        using var masked = new MemoryStream();
        var stream = new MaskedStream(masker, masked.Write);
        foreach (var b in Encoding.UTF8.GetBytes(text))
            stream.Feed([b]);
        stream.End();
        return Encoding.UTF8.GetString(masked.ToArray());
    }
}
