using System.Net;
using System.Text.RegularExpressions;

namespace Weir.Server.Tests.Hosting;

/// <summary>A page that a master of another version made finds its scripts and styles here.</summary>
public sealed partial class OldAssetsTests(MasterFixture fixture) : IClassFixture<MasterFixture>
{
    [Fact]
    public async Task Names_of_another_version_lead_to_what_this_one_has()
    {
        using var client = fixture.Master.Anonymous();
        var page = await client.GetStringAsync("/");
        var named = Asset().Matches(page).Select(m => m.Groups[1].Value).ToArray();
        Assert.True(named.Length >= 4);
        foreach (var now in named)
        {
            Assert.Equal(HttpStatusCode.OK, (await client.GetAsync(now)).StatusCode);
            var before = Fingerprint().Replace(now, ".0123456789");
            Assert.NotEqual(now, before);

            var answer = await client.GetAsync(before);

            if (answer.StatusCode == HttpStatusCode.Found)
            {
                Assert.Equal("no-store", answer.Headers.CacheControl?.ToString());
                answer = await client.GetAsync(answer.Headers.Location);
            }
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            Assert.Equal(await client.GetStringAsync(now), await answer.Content.ReadAsStringAsync());
        }
        Assert.Equal(HttpStatusCode.NotFound, (await client.GetAsync("/no/such.0123456789.html")).StatusCode);
        Assert.Equal("/a%0Db%C3%BC.js", (await client.GetAsync("/a%0db%c3%bc.0123456789.js")).Headers.Location?.OriginalString);
    }

    [GeneratedRegex("""(?:href|src)="(/[^"]+\.(?:js|css|svg))["]""")]
    private static partial Regex Asset();

    [GeneratedRegex(@"\.[a-z0-9]{10}(?=(\.styles)?\.(js|css|svg)$)")]
    private static partial Regex Fingerprint();
}
