using Weir.App.Server.Hosting;

namespace Weir.App.Server.Events;

/// <summary>How long a stream may last: until its client goes or the master stops; and where reading is not for everybody, until the permission must be shown again.</summary>
internal sealed class StreamLife : IDisposable
{
    /// <summary>A removed account or a changed right ends what it opened after so long at the latest: the client comes again, and is asked who it is.</summary>
    private static readonly TimeSpan Permission = TimeSpan.FromMinutes(5);

    private readonly CancellationTokenSource _permission;
    private readonly CancellationTokenSource _either;

    public StreamLife(HttpContext context)
    {
        var services = context.RequestServices;
        _permission = services.GetRequiredService<HostSettings>().OpenReading ? new() : new(Permission, services.GetRequiredService<TimeProvider>());
        _either = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping, _permission.Token);
    }

    public CancellationToken Token => _either.Token;

    public void Dispose()
    {
        _either.Dispose();
        _permission.Dispose();
    }
}
