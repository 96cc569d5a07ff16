using Weir.App.Server.Identity;
using Weir.Engine.Workers;
using Weir.Shared.Identity;
using Weir.Shared.Workers;

namespace Weir.App.Server.Hosting;

/// <summary>Keeps the promise of <c>--worker-token NAME=FILE</c>: the file, readable by its owner alone, holds a token with which a worker of that name may connect.</summary>
internal sealed class WorkerTokenFile(HostSettings settings, IWorkerActions actions, IServiceProvider services)
{
    public async Task Write(CancellationToken cancellation)
    {
        if (settings.WorkerToken is not var (name, file))
            return;
        if (services.GetService<WorkerSessions>() is not { } sessions)
            throw new HostException("--worker-token needs the role engine.", HostException.Usage);
        // A token that still stands is kept: a worker may be using it.
        if (File.Exists(file) && await sessions.FindByToken(Credentials.HashOf((await File.ReadAllTextAsync(file, cancellation)).Trim()), cancellation) is { } known && (known.Name == name || known.FormerNames.Contains(name)))
            return;
        var text = GivenSecrets.NewWorkerToken();
        await actions.AddToken(name, new(Credentials.HashOf(text)), Actor.Weir("--worker-token"), cancellation);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.Delete(file);
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        await using var writer = new StreamWriter(file, options);
        await writer.WriteAsync((text + "\n").AsMemory(), cancellation);
    }
}
