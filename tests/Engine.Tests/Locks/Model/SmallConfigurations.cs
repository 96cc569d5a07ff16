namespace Weir.Engine.Tests.Locks.Model;

/// <summary>Random builders x, y and z on one worker or two: locks of their own, of runs of steps and of steps, and triggers that wait, let others use locks or give slots up.</summary>
internal static class SmallConfigurations
{
    public static string Of(Random random)
    {
        // Sometimes the first has a worker with one slot for itself.
        var few = random.Next(4) == 0 ? "w2" : "w1";
        string Some(int most) => string.Join(", ", new[] { "a", "b", random.Next(2) == 0 ? "c" : "{ name: c, units: 2 }" }.Where(_ => random.Next(3) < most));
        string Builder(string name, string? trigger)
        {
            var own = Some(1);
            if (own.Length == 0 && random.Next(3) == 0)
                own = $"{{ name: {(random.Next(2) == 0 ? "a" : "b")}, from: one, to: {(random.Next(2) == 0 ? "one" : "two")} }}";
            // What its own locks are its steps do not ask for again, else most would be refused for that alone.
            var free = new[] { "a", "b", "c" }.Where(l => !own.Contains(l, StringComparison.Ordinal)).ToArray();
            string Step(string name) => $"{{ name: {name}, run: make, locks: [{string.Join(", ", free.Where(_ => random.Next(4) == 0))}] }}";
            var steps = new List<string> { Step("one"), Step("two") };
            if (trigger is not null && random.Next(2) == 0)
            {
                // What it holds it may let them use; who holds nothing may give its slot up.
                var mine = own.Contains("from", StringComparison.Ordinal) ? [] : new[] { "a", "b" }.Where(l => own.Split(", ").Contains(l) && random.Next(2) == 0).ToArray();
                var more = mine.Length > 0 ? $", inherit: [{string.Join(", ", mine)}]" : own.Length == 0 && random.Next(2) == 0 ? ", release: worker" : "";
                steps.Insert(random.Next(3), $"{{ trigger: {{ scheduler: {trigger}, wait: true{more} }} }}");
            }
            return $"{name}: {{ workers: {{ names: [{(name == "x" ? few : "w1")}] }}, locks: [{own}], steps: [ {string.Join(", ", steps)} ] }}";
        }
        return string.Join('\n', Builder("x", random.Next(2) == 0 ? "on-y" : "on-z"), Builder("y", "on-z"), Builder("z", null));
    }
}
