using System.Globalization;
using System.Net;
using System.Text;

namespace Weir.Worker.Presence;

/// <summary>The owner's page as text: plain forms, no script, light and dark as the browser likes it.</summary>
internal static class OwnerHtml
{
    private const string Style = """
        :root { color-scheme: light dark; } body { font: 16px/1.5 system-ui, sans-serif; max-width: 50rem; margin: 2rem auto; padding: 0 1rem; }
        h1 { font-size: 1.4rem; } h2 { font-size: 1.1rem; margin-top: 2rem; } dt { font-weight: 600; } dl { display: grid; grid-template-columns: max-content 1fr; gap: .25rem 1rem; } dd { margin: 0; overflow-wrap: anywhere; }
        form { display: inline-flex; flex-wrap: wrap; gap: .5rem; align-items: end; margin: 0 .5rem .5rem 0; } label { display: grid; font-size: .9rem; } input, button { font: inherit; padding: .3rem .6rem; }
        pre { overflow: auto; max-height: 30rem; padding: .75rem; border: 1px solid color-mix(in srgb, currentColor 30%, transparent); font-size: .85rem; }
        """;

    public static string Page(OwnerStatus status, IReadOnlyList<string> log, string formToken, TimeProvider time)
    {
        var body = new StringBuilder();
        body.Append(CultureInfo.InvariantCulture, $"<h1>Worker {Text(status.Name)}: {Text(status.State)}</h1><dl>");
        if (status.Away is { } away)
            Fact("Away", (away.Until is { } until ? $"until {Local(until, time)}" : "until you are back") + (away.Reason is { } why ? $": {why}" : ""));
        Fact("Master", status.Master is { } master ? $"{master} at {status.Address}, since {Local(status.ConnectedSince!.Value, time)}" : $"none: {status.Trouble} What you say here is told at the next contact.");
        Fact("Builds", status.Builds.Count == 0 ? "none" : string.Join("; ", status.Builds.Select(b => $"{b.Directory}, since {Local(b.Since, time)}")));
        if (status.Shared.Count > 0)
            Fact("Shared directories", string.Join("; ", status.Shared.Select(d => SharedWords.Of(d, time))));
        Fact("Version", $"{status.Version}, process {status.Process.ToString(CultureInfo.InvariantCulture)}");
        Fact("Directory", status.Root);
        body.Append("</dl><h2>What you may do</h2>");
        if (status.Away is null)
            Form("/away", "I need this machine", """<label>Until (2h, 18:00; empty: until I say)<input name="until" maxlength="30"></label><label>Why (others will read it)<input name="reason" maxlength="500"></label>""");
        else
            Form("/back", "I am done with it", "");
        if (!status.Stopping)
            Form("/stop", "Finish and stop", "");
        Form("/stop-now", "Stop at once", "");
        body.Append("""<p>What runs is never ended by the first two. Stopped at once, commands go on and are taken up when the worker starts again.</p><h2 id="log">The end of the log</h2><p><a href="/">Refresh</a></p>""");
        body.Append(CultureInfo.InvariantCulture, $"""<pre tabindex="0" role="region" aria-labelledby="log">{Text(string.Join('\n', log))}</pre>""");
        return Whole($"{status.Name}: {status.State}", body.ToString());

        void Fact(string name, string value) => body.Append(CultureInfo.InvariantCulture, $"<dt>{Text(name)}</dt><dd>{Text(value)}</dd>");

        void Form(string action, string word, string fields) =>
            body.Append(CultureInfo.InvariantCulture, $"""<form method="post" action="{action}"><input type="hidden" name="form" value="{formToken}">{fields}<button>{Text(word)}</button></form>""");
    }

    public static string Sentence(string sentence) => Whole("Weir worker", $"<h1>Weir worker</h1><p>{Text(sentence)}</p>");

    private static string Whole(string title, string body) =>
        $"""<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{Text(title)}</title><style>{Style}</style></head><body><main>{body}</main></body></html>""";

    private static string Text(string text) => WebUtility.HtmlEncode(text);

    private static string Local(DateTimeOffset at, TimeProvider time) => TimeZoneInfo.ConvertTime(at, time.LocalTimeZone).ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture);
}
