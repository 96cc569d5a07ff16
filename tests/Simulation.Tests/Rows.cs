using System.Collections.Immutable;
using Weir.Shared.Protocol;

namespace Weir.Simulation.Tests;

/// <summary>A row's place: its table and its id.</summary>
internal readonly record struct Key(string Table, long Id) : IComparable<Key>
{
    public static readonly Key Gate = new("gate", 0);

    public int CompareTo(Key other) => string.CompareOrdinal(Table, other.Table) is var order and not 0 ? order : Id.CompareTo(other.Id);

    public override string ToString() => FormattableString.Invariant($"{Table} {Id}");
}

internal abstract record Row;

/// <summary>A master.</summary>
internal sealed record MasterRow(string State, long BeatAt) : Row
{
    public const string Active = "Active";
    public const string Draining = "Draining";
}

/// <summary>A worker's session.</summary>
internal sealed record SessionRow(long Number, long Master, Guid Instance, string Boot, bool Ended, long BeatAt) : Row;

internal sealed record RequestRow(int Attempt, bool Open, string? Result) : Row;

internal sealed record BuildRow(long Request, int Attempt, long Worker, int Step, string? Result) : Row;

internal sealed record OwnerRow(long Epoch, long Master, long Worker) : Row;

internal sealed record CommandRow(long Build, int Step, Guid Instance, string Boot, long Applied, EndedFrame? Ended, ImmutableList<string> Lines) : Row;
