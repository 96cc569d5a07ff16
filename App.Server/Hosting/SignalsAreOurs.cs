namespace Weir.App.Server.Hosting;

/// <summary>The framework would end the host at the first SIGTERM; here <see cref="Program"/> listens to signals, because a master drains first.</summary>
internal sealed class SignalsAreOurs : IHostLifetime
{
    public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
