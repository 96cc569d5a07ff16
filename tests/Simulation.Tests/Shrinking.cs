namespace Weir.Simulation.Tests;

/// <summary>Makes a story of a failure: leaves out faults as long as the run still fails.</summary>
internal static class Shrinking
{
    public static (IReadOnlyList<Fault> Faults, string Failure) Of(ulong seed, IReadOnlyList<Fault> faults, string failure, Bug bug)
    {
        for (var part = Math.Max(1, faults.Count / 2); ; part /= 2)
        {
            for (var at = 0; at < faults.Count;)
            {
                Fault[] fewer = [.. faults.Take(at), .. faults.Skip(at + part)];
                if (World.Run(seed, fewer, bug).Failure is { } still)
                    (faults, failure) = (fewer, still);
                else
                    at += part;
            }
            if (part <= 1)
                return (faults, failure);
        }
    }

    public static string Story(ulong seed, IReadOnlyList<Fault> faults, string failure) =>
        $"seed {seed}: {failure}\n  after {(faults.Count == 0 ? "no fault at all" : string.Join("\n        ", faults))}";
}
