namespace Weir.Shared.Workers;

/// <summary>When a worker is open in the days to come, and how it was used in the weeks behind, by the clock of its zone.</summary>
/// <param name="TimeZone">The zone.</param>
/// <param name="Days">Today and the days after it; empty where it has no windows.</param>
/// <param name="Use">For each hour of the week, Monday's first: how much of what it could run it ran, 0 to 1.</param>
/// <param name="Weeks">So many weeks back.</param>
public sealed record WorkerOutlook(string TimeZone, IReadOnlyList<OutlookDay> Days, IReadOnlyList<double> Use, int Weeks);

/// <summary>One day by the clock of the zone.</summary>
/// <param name="Date">Which.</param>
/// <param name="Open">What is open of it, in order.</param>
/// <param name="IsException">Not the weekly windows decide, but an exception for this date.</param>
public sealed record OutlookDay(DateOnly Date, IReadOnlyList<OpenHours> Open, bool IsException);

/// <summary>A stretch of a day, in minutes since its midnight by the wall.</summary>
public sealed record OpenHours(int From, int Until);
