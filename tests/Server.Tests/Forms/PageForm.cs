using System.Net;
using AngleSharp.Dom;
using AngleSharp.Html.Dom;
using AngleSharp.Html.Parser;

namespace Weir.Server.Tests.Forms;

/// <summary>A form of a page as a browser without script fills it in and posts it.</summary>
internal sealed class PageForm
{
    private readonly IHtmlFormElement form;
    private readonly Dictionary<string, string> fields = [];

    private PageForm(IHtmlDocument page, IHtmlFormElement form, HttpStatusCode status)
    {
        (Page, this.form, Status) = (page, form, status);
        foreach (var element in form.Elements.Where(e => !e.IsDisabled()))
        {
            if (element is IHtmlInputElement { Name: { Length: > 0 } name, Type: not ("submit" or "button") } input && (input.Type is not ("checkbox" or "radio") || input.IsChecked))
                fields[name] = input.Value;
            else if (element is IHtmlTextAreaElement { Name: { Length: > 0 } area } text)
                fields[area] = text.Value;
            else if (element is IHtmlSelectElement { Name: { Length: > 0 } select } choice)
                fields[select] = choice.Value ?? "";
        }
    }

    public IHtmlDocument Page { get; }
    public HttpStatusCode Status { get; }

    public string this[string name]
    {
        get => fields[name];
        set => fields[name] = fields.ContainsKey(name) ? value : throw new ArgumentException($"The form has no field {name}; it has {string.Join(", ", fields.Keys)}.", nameof(name));
    }

    public bool Has(string name) => fields.ContainsKey(name);

    /// <summary>The text of the first element that fits, without what is around it.</summary>
    public string Text(string selector) => string.Join(' ', (Page.QuerySelector(selector)?.TextContent ?? "").Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));

    /// <summary>What is said to be wrong at a field.</summary>
    public string ProblemAt(string name) =>
        string.Join(' ', (form.Elements.First(e => e.GetAttribute("name") == name).Closest(".field")!.QuerySelector(".problem")?.TextContent ?? "").Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));

    public static async Task<PageForm> Open(HttpClient browser, string address, string selector = "form.thing-form") =>
        await Of(await browser.GetAsync(address), selector);

    /// <summary>Presses a button; where it leads stands in the answer.</summary>
    public async Task<HttpResponseMessage> Post(HttpClient browser, string button) =>
        await browser.PostAsync(form.GetAttribute("action"), new FormUrlEncodedContent([.. fields, KeyValuePair.Create(Button(button).Name!, button)]));

    /// <summary>Presses a button that leads to the same form again.</summary>
    public async Task<PageForm> Press(HttpClient browser, string button, string selector = "form.thing-form") => await Of(await Post(browser, button), selector);

    private IHtmlButtonElement Button(string value) =>
        form.Elements.OfType<IHtmlButtonElement>().LastOrDefault(b => b.Value == value && !b.IsDisabled()) ?? throw new ArgumentException($"The form has no button {value} that can be pressed.", nameof(value));

    private static async Task<PageForm> Of(HttpResponseMessage answer, string selector)
    {
        var text = await answer.Content.ReadAsStringAsync();
        var page = new HtmlParser().ParseDocument(text);
        return page.QuerySelector(selector) is IHtmlFormElement form ? new(page, form, answer.StatusCode) : throw new InvalidOperationException($"{(int)answer.StatusCode} without {selector}: {text[..Math.Min(text.Length, 3000)]}");
    }
}
