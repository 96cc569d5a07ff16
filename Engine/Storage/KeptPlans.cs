namespace Weir.Engine.Storage;

/// <summary>
/// For transactions that look everything up by key, whatever their lists hold. For a list of one or two ids PostgreSQL takes a plan for just this list to be worth the time, each time anew, and never keeps one: a third of what a claim cost the store.
/// </summary>
internal static class KeptPlans
{
    /// <summary>From here to the end of the transaction.</summary>
    public const string Sql = "SET LOCAL plan_cache_mode = force_generic_plan";

    /// <summary>The same as a call, for statements that go together as a transaction of their own: of the other form the store warns there.</summary>
    public const string Call = "set_config('plan_cache_mode', 'force_generic_plan', true)";
}
