using Weir.Whole.Tests;
using Weir.Whole.Tests.B;
using Weir.Whole.Tests.E;
using Xunit.Sdk;
using Xunit.v3;

[assembly: TestCollectionOrderer(typeof(LongWaitsFirst))]

namespace Weir.Whole.Tests;

/// <summary>Classes whose tests wait out leases and graces for minutes go first: at the end they would run alone.</summary>
public sealed class LongWaitsFirst : ITestCollectionOrderer
{
    private static readonly string[] Long = [.. new[] { typeof(WireTests), typeof(FencingTests), typeof(IdleRevisionWalkTests), typeof(SurvivalTests), typeof(RestoreTests) }.Select(t => t.FullName!)];

    public IReadOnlyCollection<TTestCollection> OrderTestCollections<TTestCollection>(IReadOnlyCollection<TTestCollection> testCollections) where TTestCollection : ITestCollection =>
        [.. testCollections.OrderBy(c => Array.FindIndex(Long, l => c.TestCollectionDisplayName.Contains(l, StringComparison.Ordinal)) is >= 0 and var place ? place : Long.Length).ThenBy(c => c.TestCollectionDisplayName, StringComparer.Ordinal)];
}
