using System.Globalization;
using Weir.Engine.Configuration.Reading;
using Weir.Shared.Configuration;

namespace Weir.Engine.Configuration.Check;

/// <summary>Checks trigger steps: that what they set off is there and can be set off, and that no build waits, over others, for builds of its own builder.</summary>
internal static class TriggerCheck
{
    private sealed record Waiting(string From, string To, string Step);

    public static void Check(Sections sections, WeirConfiguration model, Problems problems)
    {
        var before = problems.All.Count;
        var triggerable = model.Schedulers.OfType<TriggerableConfiguration>().Select(s => s.Name).ToArray();
        foreach (var builder in sections.Builders)
        {
            var steps = builder.Value["steps"]?.Items ?? [];
            for (var i = 0; i < steps.Count; i++)
            {
                if (steps[i]["trigger"] is { Kind: YamlKind.Map } trigger)
                    CheckStep(trigger, string.Create(CultureInfo.InvariantCulture, $"builders.{builder.Key.Text}.steps[{i}].trigger"), sections, triggerable, problems);
            }
        }
        if (problems.All.Count == before && Circle(model) is { } circle)
        {
            problems.Add(sections.Builders.First(b => b.Key.Text == circle[0].From).Key, $"builders.{circle[0].From}",
                $"Builds would wait for one another for ever: {string.Join("; ", circle.Select(w => $"{w.From} waits in its step {w.Step} for {w.To}"))}. Trigger one of them without \"wait: true\".");
        }
    }

    private static void CheckStep(YamlNode trigger, string path, Sections sections, string[] triggerable, Problems problems)
    {
        if (trigger["scheduler"] is { Kind: YamlKind.Scalar, Text.Length: > 0 } scheduler && !triggerable.Contains(scheduler.Text))
        {
            problems.Add(scheduler, $"{path}.scheduler", sections.Find("schedulers", scheduler.Text)?.Text("type") is { } type
                ? $"The scheduler \"{scheduler.Text}\" is of type {type}; only one of type triggerable can be set off by a step."
                : $"There is no scheduler \"{scheduler.Text}\".{Suggestion.DidYouMean(scheduler.Text, triggerable)}");
        }
        foreach (var stamp in trigger.Map("sourceStamps").Where(s => sections.Find("codebases", s.Key.Text) is null))
            problems.Add(stamp.Key, $"{path}.sourceStamps.{stamp.Key.Text}", $"There is no codebase \"{stamp.Key.Text}\".{Suggestion.DidYouMean(stamp.Key.Text, sections.Known("codebases"))}");
    }

    // The shortest circle through the first builder that is in one.
    private static IReadOnlyList<Waiting>? Circle(WeirConfiguration model)
    {
        var waits = model.Builders.SelectMany(b => b.Steps.OfType<TriggerStepConfiguration>().Where(t => t.Wait).SelectMany(t => t.Targets.Select(to => new Waiting(b.Name, to.Builder, t.Name)))).ToLookup(w => w.From);
        foreach (var start in waits.Select(w => w.Key).Order(StringComparer.Ordinal))
        {
            var cameBy = new Dictionary<string, Waiting>();
            var queue = new Queue<string>([start]);
            while (queue.TryDequeue(out var builder) && !cameBy.ContainsKey(start))
            {
                foreach (var wait in waits[builder].Where(w => cameBy.TryAdd(w.To, w)))
                    queue.Enqueue(wait.To);
            }
            if (!cameBy.ContainsKey(start))
                continue;
            var circle = new List<Waiting>();
            for (var wait = cameBy[start]; ; wait = cameBy[wait.From])
            {
                circle.Insert(0, wait);
                if (wait.From == start)
                    return circle;
            }
        }
        return null;
    }
}
