using Microsoft.Playwright;

namespace Weir.Whole.Tests.F;

/// <summary>The weekly grid of a worker's windows by mouse, touch and keys: what it paints stands in the plain fields.</summary>
[Collection(nameof(PagesFixture))]
public sealed class WeekTests(PagesFixture fixture)
{
    [Fact]
    public async Task What_is_painted_stands_in_the_fields_and_what_is_typed_stands_in_the_grid()
    {
        Browser.MustBeThere();
        await using var tab = await fixture.Browser.Open(fixture.Ui.Url + "/sign-in?returnTo=/configuration/new/workers", 1400, 1000);
        var page = tab.Page;
        await page.Locator("main input[name$=ame]").First.FillAsync("admin");
        await page.Locator("main input[type=password]").FillAsync(Installation.Password);
        await page.Keyboard.PressAsync("Enter");
        await page.WaitForSelectorAsync("weir-week .week-day", new() { State = WaitForSelectorState.Attached });
        if (await page.Locator("details.group:has(weir-week):not([open])").CountAsync() > 0)
            await page.Locator("details.group:has(weir-week) > summary").First.ClickAsync();
        ILocator Cell(int day, int cell) => page.Locator("weir-week .week-day").Nth(day).Locator("i").Nth(cell);
        async Task<string> Fields() => await page.EvaluateAsync<string>("""
            () => [...document.querySelectorAll('fieldset[data-items="availability.windows"] > .item')].map((item, i) =>
              ['days', 'from', 'to'].map(k => item.querySelector(`[name="availability.windows[${i}].${k}"]`).value.replaceAll('\n', '+')).join(' ')).join(' | ')
            """);

        // Monday to Friday from 19:00 on, with the mouse; then the mornings.
        await Drag(page, Cell(0, 38), Cell(4, 47));
        Assert.Equal("mon-fri 19:00 ", await Fields());
        await Drag(page, Cell(1, 0), Cell(5, 13));
        Assert.Equal("mon-fri 19:00 07:00", await Fields());
        Assert.Contains("mon-fri 19:00–07:00: 60 h a week.", await page.InnerTextAsync(".week-sum"), StringComparison.Ordinal);

        // By keys: Sunday is opened, copied to Saturday and taken back.
        await Cell(6, 0).ClickAsync();
        await page.Keyboard.DownAsync("Shift");
        for (var i = 0; i < 47; i++)
            await page.Keyboard.PressAsync("ArrowRight");
        await page.Keyboard.UpAsync("Shift");
        Assert.Equal("mon-fri 19:00 07:00 | sun  ", await Fields());
        await page.Keyboard.PressAsync("c");
        await page.Keyboard.PressAsync("ArrowUp");
        await page.Keyboard.PressAsync("v");
        Assert.Contains("sat-sun", await Fields(), StringComparison.Ordinal);
        await page.Keyboard.PressAsync("Control+z");
        Assert.Equal("mon-fri 19:00 07:00 | sun  ", await Fields());

        // To the minute, in the field: a part of a cell.
        await page.Locator("[name='availability.windows[0].from']").FillAsync("19:10");
        Assert.Contains("partly", await Cell(0, 38).GetAttributeAsync("class"), StringComparison.Ordinal);
        Assert.Equal(1, await page.Locator("weir-week i[tabindex='0']").CountAsync());

        // What would change is shown above, in sight, and the grid still stands there with what is meant.
        await page.Locator("#thing-name").FillAsync("night-shift");
        await page.Locator("main button[value=preview]").Last.ClickAsync();
        await page.Locator("#thing-preview").WaitForAsync();
        await page.WaitForFunctionAsync("() => document.activeElement.matches('section[role=status]') && document.activeElement.getBoundingClientRect().top >= 0");
        Assert.Equal(7, await page.Locator("weir-week .week-day").CountAsync());
        Assert.Contains("partly", await Cell(0, 38).GetAttributeAsync("class"), StringComparison.Ordinal);
        await page.Locator("button.main[value=save]").ClickAsync();
        await page.WaitForURLAsync("**/configuration/things/workers/night-shift");
        Assert.Equal("mon-fri 19:10 07:00 | sun  ", await Fields());
        Assert.DoesNotContain(tab.Complaints, c => !c.Contains("422", StringComparison.Ordinal));
    }

    private static async Task Drag(IPage page, ILocator from, ILocator to)
    {
        // The bar of buttons at the bottom must not lie over it.
        await page.EvaluateAsync("() => document.querySelector('weir-week').scrollIntoView({ block: 'center' })");
        var (a, b) = ((await from.BoundingBoxAsync())!, (await to.BoundingBoxAsync())!);
        await page.Mouse.MoveAsync(a.X + (a.Width / 2), a.Y + (a.Height / 2));
        await page.Mouse.DownAsync();
        await page.Mouse.MoveAsync(b.X + (b.Width / 2), b.Y + (b.Height / 2), new() { Steps = 4 });
        await page.Mouse.UpAsync();
    }
}
