using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using FsCheck;
using FsCheck.Fluent;
using Weir.Worker.Commands.Masking;

namespace Weir.Worker.Tests;

/// <summary>Whatever the secrets, the forms in which they are printed, the lines and the pieces of the stream: who reads what comes through, and decodes it, does not find them.</summary>
public sealed partial class MaskingPropertyTests
{
    // From this length on the base64 of a secret is masked wherever it begins.
    private const int Shortest = 7;

    // What programs print of a secret.
    private static readonly (string Name, Func<string, string, string, string> Print)[] Forms =
    [
        ("as it is", (before, secret, after) => before + secret + after),
        ("base64", (before, secret, after) => Convert.ToBase64String(Encoding.UTF8.GetBytes(before + secret + after))),
        ("base64 for URLs", (before, secret, after) => Convert.ToBase64String(Encoding.UTF8.GetBytes(before + secret + after)).Replace('+', '-').Replace('/', '_').TrimEnd('=')),
        ("URL", (before, secret, after) => "https://example.org/?t=" + Uri.EscapeDataString(before + secret + after)),
        ("URL with slashes", (_, secret, _) => Uri.EscapeDataString(secret).Replace("%2F", "/", StringComparison.Ordinal)),
        ("URL of scripts", (_, secret, _) => ScriptMarks().Replace(Uri.EscapeDataString(secret), m => Uri.UnescapeDataString(m.Value))),
        ("form", (_, secret, _) => Uri.EscapeDataString(secret).Replace("%20", "+", StringComparison.Ordinal)),
        ("JSON", (before, secret, after) => JsonSerializer.Serialize(new { v = before + secret + after })),
        ("plain JSON", (_, secret, after) => $"{{\"v\":\"{Plain(secret + after)}\"}}"),
        ("JSON with slashes", (_, secret, _) => Plain(secret).Replace("/", "\\/", StringComparison.Ordinal)),
        ("ASCII JSON", (_, secret, _) => string.Concat(Plain(secret).Select(c => c < 128 ? $"{c}" : $"\\u{(int)c:x4}"))),
        ("JSON for pages", (_, secret, _) => PageMarks().Replace(Plain(secret), m => $"\\u{(int)m.Value[0]:x4}")),
    ];

    private static string Plain(string text) => text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal);

    private sealed record Piece(int Secret, int Form, string Before, string After, int[] Breaks, bool Wide)
    {
        public string Print(string[] secrets)
        {
            var text = new StringBuilder(Forms[Form].Print(Before, secrets[Secret], After));
            foreach (var at in Breaks.Select(b => b % (text.Length + 1)).Distinct().OrderDescending().Where(at => at == 0 || at == text.Length || !char.IsLowSurrogate(text[at])))
                text.Insert(at, Wide ? "\r\n" : "\n");
            return text.ToString();
        }
    }

    private sealed record Output(string[] Secrets, Piece[] Pieces, int[] Cuts)
    {
        public string Text => string.Concat(Pieces.Select(p => $"{p.Print(Secrets)} . "));

        public override string ToString() => JsonSerializer.Serialize(this);
    }

    // Secrets of capitals and signs, what stands around them of small letters: what is found is none by chance.
    private static Gen<string> Secret(int shortest) =>
        from length in Gen.Choose(shortest, 40)
        from signs in Gen.Elements("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+/=_-%\"\\<>&'!*( )ÄÖ€😀".EnumerateRunes().Select(r => r.ToString()).ToArray()).ArrayOf(length)
        let text = string.Concat(signs)
        select text.Trim().Length < shortest ? text.Replace(' ', 'X') : text.Trim();

    private static Gen<string> Filler => Gen.Choose(0, 9).SelectMany(n => Gen.Elements("abcdefghijklmnopqrstuvwxyz".ToCharArray()).ArrayOf(n)).Select(c => new string(c));

    private static Gen<Output> Outputs(int shortest, int forms) =>
        from count in Gen.Choose(1, 3)
        from secrets in Secret(shortest).ArrayOf(count)
        from pieces in (
            from secret in Gen.Choose(0, count - 1)
            from form in Gen.Choose(0, forms - 1)
            from before in Filler
            from after in Filler
            from broken in Gen.Choose(0, 4)
            from breaks in Gen.Choose(0, 500).ArrayOf(broken)
            from wide in Gen.Elements(true, false)
            select new Piece(secret, form, before, after, breaks, wide)).ArrayOf(6)
        from cuts in Gen.Choose(1, 70).ArrayOf(200)
        select new Output(secrets, pieces, cuts);

    [Fact]
    public void No_form_of_a_secret_comes_through_over_whatever_lines_and_pieces() => Check.One(
        Config.QuickThrowOnFailure.WithMaxTest(2_000), Prop.ForAll(Outputs(Shortest, Forms.Length).ToArbitrary(), output => NotReadable(output)));

    [Fact]
    public void Short_secrets_are_masked_as_they_are() => Check.One(
        Config.QuickThrowOnFailure.WithMaxTest(1_000), Prop.ForAll(Outputs(4, 1).ToArbitrary(), output => NotReadable(output)));

    private static bool NotReadable(Output output)
    {
        var shown = Masked(output);
        var joined = shown.Replace("\r", "", StringComparison.Ordinal).Replace("\n", "", StringComparison.Ordinal);
        foreach (var secret in output.Secrets)
        {
            foreach (var read in Readings(joined))
                Assert.DoesNotContain(secret, read, StringComparison.Ordinal);
        }
        foreach (Match run in Base64Run().Matches(joined))
        {
            var bytes = Enumerable.Range(0, 4).Select(skip => Decoded(run.Value, skip)).ToArray();
            // The bytes at its edges may show; what they are part of does not.
            foreach (var secret in output.Secrets.Where(s => Encoding.UTF8.GetByteCount(s) >= Shortest).Select(Encoding.UTF8.GetBytes))
                Assert.All(bytes, b => Assert.True(Windows(secret, 4).All(w => b.AsSpan().IndexOf(w) < 0), $"{Encoding.UTF8.GetString(secret)} shows in {run.Value}:\n{output.Text}\n----\n{shown}"));
        }
        // No line is lost, and nothing but secrets is.
        Assert.Equal(output.Text.Count(c => c == '\n'), shown.Count(c => c == '\n'));
        Assert.Equal(output.Pieces.Length, Stops().Count(shown));
        return true;
    }

    private static string Masked(Output output)
    {
        var bytes = Encoding.UTF8.GetBytes(output.Text);
        using var masked = new MemoryStream();
        var stream = new MaskedStream(Masker.For(output.Secrets)!, masked.Write);
        var (at, cut) = (0, 0);
        while (at < bytes.Length)
        {
            var count = Math.Min(bytes.Length - at, output.Cuts[cut++ % output.Cuts.Length]);
            stream.Feed(bytes.AsSpan(at, count));
            at += count;
        }
        stream.End();
        return Encoding.UTF8.GetString(masked.ToArray());
    }

    // As it is, and what URLs, forms and JSON say.
    private static IEnumerable<string> Readings(string shown)
    {
        yield return shown;
        yield return Uri.UnescapeDataString(shown);
        yield return Uri.UnescapeDataString(shown.Replace('+', ' '));
        yield return Escape().Replace(shown, m => m.Groups[1].Success ? $"{(char)Convert.ToInt32(m.Groups[1].Value, 16)}" : m.Value[1..]);
    }

    private static byte[] Decoded(string run, int skip)
    {
        var text = run[Math.Min(skip, run.Length)..].Replace('-', '+').Replace('_', '/');
        return Convert.FromBase64String(text[..(text.Length / 4 * 4)]);
    }

    private static IEnumerable<byte[]> Windows(byte[] secret, int size) => Enumerable.Range(0, secret.Length - size + 1).Select(i => secret[i..(i + size)]);

    [GeneratedRegex("[A-Za-z0-9+/_-]{8,}")]
    private static partial Regex Base64Run();

    [GeneratedRegex(@"\\u([0-9A-Fa-f]{4})|\\.")]
    private static partial Regex Escape();

    [GeneratedRegex("%2[1789A]")]
    private static partial Regex ScriptMarks();

    [GeneratedRegex("[<>&]")]
    private static partial Regex PageMarks();

    [GeneratedRegex(@" \. ")]
    private static partial Regex Stops();
}
