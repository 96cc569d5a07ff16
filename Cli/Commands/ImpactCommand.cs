using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Weir.Cli.Connection;
using Weir.Cli.Output;

namespace Weir.Cli.Commands;

/// <summary><c>weir config impact</c>: what a configuration would do to what runs, waits and is due.</summary>
internal static class ImpactCommand
{
    public static Verb Make()
    {
        var what = new Argument<string>("REVISION|PATH") { Description = "An old revision, or a file or folder" };
        var terms = new TermsOptions();
        return new Verb("impact", "Say what putting a configuration in force would do to builds that run, requests that wait, and schedules; nothing is stored", "weir config impact ci/", "weir config impact 9", "weir config impact ci/ --when-idle lib-linux") { what }.With(terms.AddTo).Does(async (given, client, cancellation) =>
        {
            var word = given.GetValue(what)!;
            var body = long.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out var id) && !Path.Exists(word) ? new JsonObject { ["revision"] = id } : new JsonObject { ["parts"] = ConfigFiles.Parts(word) };
            terms.Put(given, body);
            var answer = await client.Post("config/impact", body, cancellation);
            if (given.AsJson())
                Printed.Json(answer);
            else if (answer["accepted"]!.GetValue<bool>())
                Print(answer, orNothing: true);
            else
                ConfigCommand.Complain(answer);
            return answer["accepted"]!.GetValue<bool>() ? ExitCode.Done : ExitCode.Failed;
        });
    }

    /// <summary>The sentences, one a line.</summary>
    public static void Print(JsonObject answer, bool orNothing = false)
    {
        var sentences = answer["impact"]?["sentences"]?.AsArray() ?? [];
        if (sentences.Count > 0 && !orNothing)
            Console.WriteLine();
        foreach (var sentence in sentences)
            Printed.Line(Printed.Text(sentence));
        if (sentences.Count == 0 && orNothing)
            Printed.Line("Nothing that runs, waits or is due is touched.", Tone.Dim);
    }
}
