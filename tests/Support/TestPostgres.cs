namespace Weir.Support;

/// <summary>The PostgreSQL server of the test run: the one that <c>WEIR_TEST_POSTGRES</c> names (an Npgsql connection string).</summary>
public static class TestPostgres
{
    public static Task<string> ConnectionString() => Task.FromResult(
        Environment.GetEnvironmentVariable("WEIR_TEST_POSTGRES") ?? throw new InvalidOperationException("WEIR_TEST_POSTGRES is not set."));
}
