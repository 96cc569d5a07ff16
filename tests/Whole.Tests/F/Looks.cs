using System.Text.Json;

namespace Weir.Whole.Tests.F;

/// <summary>What every page must be, however it is looked at; and a picture of it for people.</summary>
internal static class Looks
{
    public static async Task<IReadOnlyList<string>> WrongWith(Browser.Tab tab, string name, int width, bool dark)
    {
        var shots = Directory.CreateDirectory(Path.Combine(Browser.Root, "artifacts", "screenshots")).FullName;
        var axe = Path.Combine(Browser.Root, "App.Client", "ts", "node_modules", "axe-core", "axe.min.js");
        var wrong = new List<string>();
        await tab.Page.ScreenshotAsync(new() { Path = Path.Combine(shots, $"{name}-{width}-{(dark ? "dark" : "light")}.png"), FullPage = false, Timeout = 120_000 });
        if (await tab.Page.EvaluateAsync<int>("() => document.documentElement.scrollWidth - innerWidth") > 0)
            wrong.Add($"{name}: the page scrolls sideways at {width} px");
        if (await tab.Page.Locator("h1").CountAsync() != 1)
            wrong.Add($"{name}: not exactly one h1");
        // That a page is not there is an error for the browser, and what that page is about.
        wrong.AddRange(tab.Complaints.Where(c => !(name == "not-found" && c.Contains("404", StringComparison.Ordinal))).Select(c => $"{name}: {c}"));
        // The policy of the page forbids foreign script, so the checker comes by the debugger's door.
        await tab.Page.EvaluateAsync(await File.ReadAllTextAsync(axe));
        // What the page replaces while axe looks at it makes axe itself stumble: then it looks again.
        var found = await tab.Page.EvaluateAsync<JsonElement>("""
            async () => {
                for (let tries = 1; ; tries++) {
                    try {
                        return (await axe.run(document, { runOnly: ['wcag2a', 'wcag2aa'] })).violations.map(v => v.id + ': ' + v.nodes.slice(0, 3).map(n => n.html.slice(0, 120)).join(' | '));
                    } catch (e) {
                        if (tries === 5 || !(e instanceof TypeError)) throw e;
                    }
                }
            }
            """);
        wrong.AddRange(found.EnumerateArray().Select(v => $"{name}: {v.GetString()}"));
        return wrong;
    }
}
