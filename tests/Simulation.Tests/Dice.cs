namespace Weir.Simulation.Tests;

/// <summary>Randomness that is the same for the same seed on every machine and in every version of the framework (SplitMix64).</summary>
internal sealed class Dice
{
    private readonly ulong seed;
    private ulong state;

    public Dice(ulong seed) => this.seed = state = seed;

    /// <summary>Dice of their own for one purpose: drawing more or fewer of them changes nothing elsewhere.</summary>
    public Dice For(string purpose)
    {
        var hash = seed ^ 0xcbf29ce484222325;
        foreach (var c in purpose)
            hash = (hash ^ c) * 0x100000001b3;
        return new(hash);
    }

    public ulong Next()
    {
        state += 0x9e3779b97f4a7c15;
        var z = state;
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
        z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
        return z ^ (z >> 31);
    }

    /// <summary>0 to <paramref name="count"/> - 1.</summary>
    public int Below(int count) => (int)(Next() % (ulong)count);

    public bool Chance(double probability) => (Next() >> 11) * (1.0 / (1ul << 53)) < probability;

    public T Of<T>(IReadOnlyList<T> some) => some[Below(some.Count)];

    public TimeSpan Between(double fromMs, double toMs) => TimeSpan.FromMicroseconds(fromMs * 1000) + TimeSpan.FromMicroseconds(Below((int)((toMs - fromMs) * 1000) + 1));
}
