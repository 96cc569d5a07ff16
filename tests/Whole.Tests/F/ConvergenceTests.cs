using Microsoft.Playwright;
using Weir.Support;

namespace Weir.Whole.Tests.F;

/// <summary>F1, F2 and invariant 9: whatever happens on the way between a master and a browser, in the end an open page is what a fresh one would be, without having been left.</summary>
[Trait("Category", "Slow")]
public sealed class ConvergenceTests(ConvergenceFixture fixture, ITestOutputHelper output) : IClassFixture<ConvergenceFixture>
{
    /// <summary>What a live region shows, without what goes with the time of day or with the window: ages, places, what the viewer opened.</summary>
    private const string Shown = """
        () => {
          const passing = new Set(["data-event", "style", "hidden", "tabindex", "open", "data-touched", "aria-valuenow", "data-members", "data-from", "data-to", "aria-describedby", "data-more"]);
          const plain = element => {
            const copy = element.cloneNode(true);
            for (const e of [copy, ...copy.querySelectorAll("*")]) {
              if (e.matches("time, [data-since], [data-gutter], [data-folds]")) e.replaceChildren();
              if (e.matches("time")) e.removeAttribute("title");
              // A heartbeat is no event: "last seen" is as old as the page.
              if (e.matches("time[data-ago]")) e.removeAttribute("datetime");
              if (e.matches("[data-progress], .wf-block")) e.className = "";
              const kept = e.getAttributeNames().filter(n => !passing.has(n)).sort().map(n => [n, e.getAttribute(n)]);
              for (const name of e.getAttributeNames()) e.removeAttribute(name);
              for (const [name, value] of kept) e.setAttribute(name, value);
            }
            return copy.outerHTML.replace(/\s+/g, " ").replace(/> </g, ">\n<");
          };
          const sorted = (root, selector) => [...root.querySelectorAll(selector)].map(plain).sort().join("\n");
          return [...document.querySelectorAll("[data-live]")].map(r => r.dataset.live + "\n" + (r.tagName === "WEIR-WATERFALL"
            ? [".wf-head", ".wf-wait", ".wf-block", ".wf-change"].map(s => sorted(r, s)).join("\n")
            : plain(r))).join("\n====\n");
        }
        """;

    /// <summary>Messages of the server to a page are lost, late, doubled and out of order; nothing else is touched.</summary>
    private const string Disorder = """
        (() => {
          let seed = SEED;
          const random = () => { seed = (seed * 1103515245 + 12345) & 0x7fffffff; return seed / 0x7fffffff; };
          window.disorder = { on: true, lost: 0, late: 0, doubled: 0 };
          const Real = window.WebSocket;
          window.WebSocket = class extends Real {
            set onmessage(handler) {
              super.onmessage = event => {
                const isFragment = typeof event.data === "string" && event.data.includes('"target":"fragment"');
                if (!window.disorder.on || !isFragment) { handler(event); return; }
                const what = random();
                if (what < 0.2) window.disorder.lost++;
                else if (what < 0.5) { window.disorder.late++; setTimeout(() => handler(event), random() * 3000); }
                else if (what < 0.65) { window.disorder.doubled++; handler(event); setTimeout(() => handler(event), random() * 2000); }
                else handler(event);
              };
            }
            get onmessage() { return super.onmessage; }
          };
        })();
        """;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task After_cuts_silences_and_delays_every_page_is_as_a_fresh_one(int seed)
    {
        Browser.MustBeThere();
        var random = new Random(seed);
        await using var proxy = new ChaosProxy(fixture.UiPort);
        await using var tabs = await Tabs.Open(fixture, $"http://127.0.0.1:{proxy.Port}");
        using var enough = new CancellationTokenSource(TimeSpan.FromSeconds(25));
        var happening = fixture.Happen(new Random(seed), enough.Token);
        var said = new List<string>();
        while (!enough.IsCancellationRequested)
            said.Add(await Trouble(proxy, random));

        proxy.Heal();
        await happening;
        await fixture.Quiet();

        output.WriteLine($"seed {seed}: {string.Join(", ", said)}");
        await tabs.AreAsFresh(fixture);
        Assert.True(said.Count > 5, "Too little happened to prove anything.");
    }

    [Fact]
    public async Task Fragments_lost_late_doubled_and_out_of_order_are_made_good()
    {
        Browser.MustBeThere();
        await using var tabs = await Tabs.Open(fixture, fixture.Ui.Url, Disorder.Replace("SEED", "4711", StringComparison.Ordinal));
        using var enough = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        await fixture.Happen(new Random(3), enough.Token);
        await fixture.Quiet();

        var counts = await tabs.Each(p => p.EvaluateAsync<int[]>("() => { disorder.on = false; return [disorder.lost, disorder.late, disorder.doubled]; }"));

        output.WriteLine($"lost, late, doubled: {string.Join(", ", Enumerable.Range(0, 3).Select(i => counts.Sum(c => c[i])))}");
        Assert.All(Enumerable.Range(0, 3), i => Assert.True(counts.Sum(c => c[i]) > 5));
        await tabs.AreAsFresh(fixture);
    }

    [Fact]
    public async Task When_the_master_of_the_pages_is_killed_they_say_so_and_go_on_with_another_at_its_address()
    {
        Browser.MustBeThere();
        await using var tabs = await Tabs.Open(fixture, fixture.Ui.Url);
        await fixture.Weir.Force(fixture.Engine, "chatty");

        await fixture.Ui.Process.Kill();
        await tabs.Each(async p =>
        {
            await p.WaitForSelectorAsync("#stale:not([hidden])", new() { Timeout = 20_000 });
            Assert.Matches("^not connected; as of .*[0-9]", await p.InnerTextAsync("#stale"));
            return true;
        });
        await fixture.Weir.ResultOf(await fixture.Weir.Force(fixture.Engine, "failing"));
        fixture.Ui = await fixture.Weir.StartMaster("pages-again", "ui", fixture.UiPort);
        await fixture.Quiet();

        await tabs.AreAsFresh(fixture);
        await tabs.Each(async p =>
        {
            await p.WaitForSelectorAsync("#stale[hidden]", new() { State = WaitForSelectorState.Attached, Timeout = 20_000 });
            return true;
        });
    }

    private static async Task<string> Trouble(ChaosProxy proxy, Random random)
    {
        switch (random.Next(6))
        {
            case 0:
                proxy.Cut();
                await Task.Delay(random.Next(1500));
                return "cut";
            case 1:
                proxy.Swallows = true;
                await Task.Delay(random.Next(7000));
                proxy.Swallows = false;
                return "silence";
            case 2:
                proxy.Delay = TimeSpan.FromMilliseconds(random.Next(400));
                await Task.Delay(random.Next(3000));
                proxy.Delay = TimeSpan.Zero;
                return "slowness";
            case 3:
                proxy.Refuses = true;
                proxy.Cut();
                await Task.Delay(random.Next(3000));
                proxy.Refuses = false;
                return "refusal";
            default:
                await Task.Delay(random.Next(1000));
                return "calm";
        }
    }

    /// <summary>One tab for each page, marked so that a reload would be noticed.</summary>
    private sealed class Tabs(IReadOnlyList<(string Path, Browser.Tab Tab)> tabs) : IAsyncDisposable
    {
        public static async Task<Tabs> Open(ConvergenceFixture fixture, string url, string? init = null)
        {
            var tabs = new List<(string, Browser.Tab)>();
            foreach (var path in await fixture.Paths())
            {
                var tab = await fixture.Browser.Open(url + path, init: init);
                await tab.Page.EvaluateAsync("() => { window.sameDocument = true; }");
                tabs.Add((path, tab));
            }
            return new(tabs);
        }

        public async Task<List<T>> Each<T>(Func<IPage, Task<T>> of)
        {
            var answers = new List<T>();
            foreach (var (_, tab) in tabs)
                answers.Add(await of(tab.Page));
            return answers;
        }

        public async Task AreAsFresh(ConvergenceFixture fixture)
        {
            foreach (var (path, tab) in tabs)
            {
                var (open, fresh) = ("", "x");
                await using var other = await fixture.Browser.Open(fixture.Ui.Url + path);
                for (var tries = 0; open != fresh && tries < 60; tries++)
                {
                    await Task.Delay(500);
                    fresh = await other.Page.EvaluateAsync<string>(Shown);
                    open = await tab.Page.EvaluateAsync<string>(Shown);
                }
                Assert.True(open == fresh, $"{path} differs from a fresh page:\n{Difference(open, fresh)}");
                Assert.NotEqual("", open);
                // It was not left for an error page on the way, nor loaded anew.
                Assert.True(await tab.Page.EvaluateAsync<bool>("() => window.sameDocument === true"), $"{path} was loaded anew");
            }
        }

        public async ValueTask DisposeAsync()
        {
            foreach (var (_, tab) in tabs)
                await tab.DisposeAsync();
        }

        private static string Difference(string open, string fresh)
        {
            var (a, b) = (open.Split('\n'), fresh.Split('\n'));
            return string.Join('\n', a.Except(b).Take(10).Select(l => "open:  " + l).Concat(b.Except(a).Take(10).Select(l => "fresh: " + l)));
        }
    }
}
