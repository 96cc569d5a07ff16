using System.IO.Compression;
using System.Net;
using System.Text.RegularExpressions;

namespace Weir.Whole.Tests.F;

/// <summary>F5: whoever follows any link of any page finds something, without JavaScript; and pages need no other host and no script to be seen.</summary>
[Collection(nameof(PagesFixture))]
[Trait("Category", "Slow")]
public sealed partial class CrawlTests(PagesFixture fixture)
{
    // Pages of one kind are alike: some of each are enough.
    private const int MostPages = 400;
    private const int MostOfAKind = 12;
    private const int LargestScript = 150_000;
    private const int LargestPage = 150_000;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private HttpClient Browser() => new(new HttpClientHandler { AllowAutoRedirect = true, AutomaticDecompression = DecompressionMethods.All, UseCookies = true }) { BaseAddress = new Uri(fixture.Ui.Url) };

    [Fact]
    public async Task Every_link_of_every_page_leads_somewhere()
    {
        using var browser = Browser();
        var (seen, kinds, wrong) = (new HashSet<string> { "/" }, new Dictionary<string, int>(), new List<string>());
        var next = new Queue<(string Address, string From)>([("/", "")]);
        var visited = 0;
        while (next.TryDequeue(out var link) && visited < MostPages)
        {
            visited++;
            using var answer = await browser.GetAsync(new Uri(link.Address, UriKind.Relative), HttpCompletionOption.ResponseHeadersRead, Cancellation);
            if (!answer.IsSuccessStatusCode)
                wrong.Add($"{link.Address} (on {link.From}): {(int)answer.StatusCode}");
            if (answer.Content.Headers.ContentType?.MediaType != "text/html")
                continue;
            var html = await answer.Content.ReadAsStringAsync(Cancellation);
            wrong.AddRange(Foreign().Matches(html).Select(m => $"{link.Address} loads {m.Groups[1].Value}"));
            wrong.AddRange(Script().Matches(html).Where(m => !m.Value.Contains("type=\"module\"", StringComparison.Ordinal) && !m.Value.Contains(" defer", StringComparison.Ordinal)).Select(m => $"{link.Address} waits for {m.Value}"));
            foreach (var address in Link().Matches(html).Select(m => WebUtility.HtmlDecode(m.Groups[1].Value).Split('#')[0]).Where(a => a.StartsWith('/') && !a.StartsWith("//", StringComparison.Ordinal)))
            {
                var kind = Digits().Replace(address.Split('?')[0], "0") + (address.Contains('?', StringComparison.Ordinal) ? "?" : "");
                if (seen.Add(address) && (kinds[kind] = kinds.GetValueOrDefault(kind) + 1) <= MostOfAKind)
                    next.Enqueue((address, link.Address));
            }
        }
        Assert.True(wrong.Count == 0, string.Join('\n', wrong.Distinct()));
        Assert.True(visited > 60, $"Only {visited} pages were found.");
        TestContext.Current.TestOutputHelper?.WriteLine($"{visited} addresses of {kinds.Count} kinds answered");
    }

    [Fact]
    public async Task All_script_and_the_first_page_are_small()
    {
        // Compressed here: a build that was not published keeps its assets as they are.
        using var browser = Browser();
        var scripts = Script().Matches(await browser.GetStringAsync(new Uri("/waterfall", UriKind.Relative), Cancellation)).Select(m => Source().Match(m.Value).Groups[1].Value).ToList();

        Assert.NotEmpty(scripts);
        var sizes = await Task.WhenAll(scripts.Select(async s => await Compressed(browser, s)));
        Assert.InRange(sizes.Sum(), 1000, LargestScript);
        foreach (var page in new[] { "/", "/builders", "/waterfall", "/configuration" })
            Assert.InRange(await Compressed(browser, page), 1000, LargestPage);
        TestContext.Current.TestOutputHelper?.WriteLine($"scripts: {string.Join(", ", sizes)} bytes compressed");
    }

    private static async Task<long> Compressed(HttpClient browser, string address)
    {
        using var small = new MemoryStream();
        await using (var gzip = new GZipStream(small, CompressionLevel.Optimal, leaveOpen: true))
            await gzip.WriteAsync(await browser.GetByteArrayAsync(new Uri(address, UriKind.Relative), Cancellation), Cancellation);
        return small.Length;
    }

    [GeneratedRegex("<a [^>]*href=\"([^\"]+)\"")]
    private static partial Regex Link();

    [GeneratedRegex("<(?:script|img|link|iframe)[^>]* (?:src|href)=\"((?:https?:)?//[^\"]+)\"")]
    private static partial Regex Foreign();

    [GeneratedRegex("<script[^>]*>")]
    private static partial Regex Script();

    [GeneratedRegex("src=\"([^\"]+)\"")]
    private static partial Regex Source();

    [GeneratedRegex("[0-9]+")]
    private static partial Regex Digits();
}
