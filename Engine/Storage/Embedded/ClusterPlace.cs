using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Logging;

namespace Weir.Engine.Storage.Embedded;

/// <summary>Where a cluster and what belongs to it lie: below the wanted folder, or, when the server's account cannot enter that, elsewhere, with a note in the wanted folder.</summary>
internal sealed partial class ClusterPlace(string root)
{
    public const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private const UnixFileMode ForAll = OwnerOnly | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;

    public string Root => root;
    public string Data => Path.Combine(root, "data");
    public string Sockets => Path.Combine(root, "run");
    public string Log => Path.Combine(root, "postgres.log");
    public string Password => Path.Combine(root, "password");

    /// <summary>Shared by every process that uses the server; the last one stops it.</summary>
    public string Users => Path.Combine(root, "users.lock");
    public string PidFile => Path.Combine(Data, "postmaster.pid");

    public static async Task<(ClusterPlace Place, ServerAccount Account)> Find(string wanted, ILogger logger, CancellationToken cancellation)
    {
        var note = Path.Combine(wanted, "place");
        var near = Path.Combine(wanted, "cluster");
        if (File.Exists(note) && (await File.ReadAllTextAsync(note, cancellation)).Trim() is { Length: > 0 } remembered)
        {
            if (Directory.Exists(remembered))
                return (new ClusterPlace(remembered), await ServerAccount.For(remembered, cancellation));
            LogPlaceIsGone(logger, remembered);
        }
        var account = await ServerAccount.For(near, cancellation);
        var existed = Directory.Exists(near);
        await Make(near, account, cancellation);
        if (await account.CanUse(near, cancellation))
            return (new ClusterPlace(near), account);
        if (existed)
            throw new EmbeddedPostgresException($"The account {account.Name} can no longer enter {near}, where the database lies. Open the folders above it to that account, or start as another user.");
        Directory.Delete(near);
        var far = await MakeElsewhere(wanted, account, cancellation);
        await File.WriteAllTextAsync(note, far + "\n", cancellation);
        LogElsewhere(logger, far, account.Name!, wanted);
        return (new ClusterPlace(far), account);
    }

    private static async Task<string> MakeElsewhere(string wanted, ServerAccount account, CancellationToken cancellation)
    {
        // The number keeps a cluster apart from one whose data folder was deleted or moved away.
        var name = string.Create(CultureInfo.InvariantCulture, $"{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(wanted)))[..12]}-{RandomNumberGenerator.GetInt32(1_000_000):000000}");
        foreach (var parent in new[] { "/var/lib/weir", Path.Combine(Path.GetTempPath(), "weir") })
        {
            try
            {
                MakeFolder(parent, ForAll);
                var folder = Path.Combine(parent, name);
                await Make(folder, account, cancellation);
                if (await account.CanUse(folder, cancellation))
                    return folder;
                Directory.Delete(folder);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                continue;
            }
        }
        throw new EmbeddedPostgresException($"The account {account.Name} cannot enter {wanted}, /var/lib or the temporary folder; name a reachable data folder.");
    }

    private static async Task Make(string folder, ServerAccount account, CancellationToken cancellation)
    {
        MakeFolder(folder, OwnerOnly);
        await account.Own(folder, cancellation);
    }

    internal static void MakeFolder(string folder, UnixFileMode mode)
    {
        if (OperatingSystem.IsWindows())
            Directory.CreateDirectory(folder);
        else
            Directory.CreateDirectory(folder, mode);
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "The database lies in {Place}: the account {Account}, which runs it, cannot enter {Wanted}.")]
    private static partial void LogElsewhere(ILogger logger, string place, string account, string wanted);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The database that lay in {Place} is gone; a new one is made.")]
    private static partial void LogPlaceIsGone(ILogger logger, string place);
}
