using System.Globalization;
using Weir.Shared.Protocol;
using Weir.Worker.Journal;

namespace Weir.Worker.Commands.Checkouts;

/// <summary>
/// Lets git in where a key or a token is needed, for as long as the command lives. The key stands in a file that only the worker's user can read; the token in the environment of git
/// alone, given out to the codebase's own host and to no other. Neither is ever in a URL, an argument or the log.
/// </summary>
internal sealed class GitAccess : IDisposable
{
    private const string TokenName = "WEIR_GIT_TOKEN";
    private const string UserName = "WEIR_GIT_USER";
    private const UnixFileMode Mine = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private readonly string _folder;

    public GitAccess(CommandSession session, CheckoutSpec spec, Git git)
    {
        _folder = session.Work.Private(session.Id);
        if (spec.Credentials is not { } credentials)
            return;
        if (credentials.SshKey is { } key)
            UseKey(session.Secret(key), credentials.KnownHosts, git);
        if (credentials.Token is { } token)
            UseToken(spec.Repository, credentials.User, session.Secret(token), git);
    }

    public void Dispose() => Remove(_folder);

    /// <summary>Removes what an earlier keeper could not.</summary>
    public static void RemoveLeftOvers(WorkDirectory work)
    {
        foreach (var id in work.Ids())
            Remove(work.Private(id));
    }

    private void UseKey(string key, string? knownHosts, Git git)
    {
        Directory.CreateDirectory(_folder, Mine | UnixFileMode.UserExecute);
        var file = Path.Combine(_folder, "key");
        Write(file, key.Replace("\r", "", StringComparison.Ordinal).TrimEnd('\n') + "\n");
        List<string> ssh = ["ssh", "-i", file, "-o", "IdentitiesOnly=yes", "-o", "IdentityAgent=none", "-o", "BatchMode=yes", "-o", "StrictHostKeyChecking=yes", "-o", "UpdateHostKeys=no"];
        if (knownHosts is not null)
        {
            var hosts = Path.Combine(_folder, "known_hosts");
            Write(hosts, knownHosts);
            ssh.AddRange(["-o", $"UserKnownHostsFile={hosts}", "-o", "GlobalKnownHostsFile=/dev/null"]);
        }
        git.Set("GIT_SSH_COMMAND", CommandLine.Of(ssh));
        git.Set("GIT_SSH_VARIANT", "ssh");
    }

    private static void UseToken(string repository, string user, string token, Git git)
    {
        if (!Uri.TryCreate(repository, UriKind.Absolute, out var url) || url.Scheme is not ("http" or "https"))
            throw new Keeper.CannotStartException("A token is of use for an https repository only.");
        var place = $"credential.{url.Scheme}://{url.Authority[(url.Authority.IndexOf('@', StringComparison.Ordinal) + 1)..]}";
        git.Set(UserName, user);
        git.Set(TokenName, token);
        git.Configure($"{place}.helper", ""); // none of the machine's own
        git.Configure($"{place}.helper", string.Create(CultureInfo.InvariantCulture, $"!f() {{ test \"$1\" = get && printf 'username=%s\\npassword=%s\\n' \"${UserName}\" \"${TokenName}\"; }}; f"));
        git.Set("GIT_ASKPASS", "");
        git.Set("SSH_ASKPASS", "");
    }

    private static void Write(string path, string text)
    {
        File.Delete(path);
        using var file = new StreamWriter(new FileStream(path, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = Mine }));
        file.Write(text);
    }

    private static void Remove(string folder)
    {
        try
        {
            Directory.Delete(folder, recursive: true);
        }
        catch (DirectoryNotFoundException)
        {
            // none was needed
        }
    }
}
