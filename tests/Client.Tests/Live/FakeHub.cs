using Microsoft.AspNetCore.SignalR;
using Weir.App.Server.Hubs;

namespace Weir.Client.Tests.Live;

/// <summary>A hub that writes down what is sent to which group.</summary>
internal sealed class FakeHub : IHubContext<BrowserHub>, IHubClients
{
    private readonly List<(string Group, string Method, object?[] Arguments)> _sent = [];
    private readonly SemaphoreSlim _news = new(0);

    /// <summary>A group with a browser that takes nothing.</summary>
    public string? Stalled { get; set; }

    public IHubClients Clients => this;
    public IGroupManager Groups => throw new NotSupportedException();
    public IClientProxy All => throw new NotSupportedException();

    /// <summary>Waits until something was sent that the test asks for, and answers it.</summary>
    public async Task<string> Sent(string group, Func<string, bool> wanted)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(TimeSpan.FromSeconds(10));
        while (true)
        {
            lock (_sent)
            {
                var found = _sent.FirstOrDefault(s => s.Group == group && wanted(Text(s))).Arguments;
                if (found is not null)
                    return found.Length > 2 ? (string)found[2]! : "";
            }
            await _news.WaitAsync(patience.Token);
        }
    }

    public int Count(string group)
    {
        lock (_sent)
            return _sent.Count(s => s.Group == group);
    }

    /// <summary>The numbers of a group's fragments, each with the number up to which the one before told.</summary>
    public IReadOnlyList<(long Number, long Before)> Numbers(string group)
    {
        lock (_sent)
            return [.. _sent.Where(s => s.Group == group && s.Method == "fragment").Select(s => ((long)s.Arguments[1]!, (long)s.Arguments[3]!))];
    }

    private static string Text((string Group, string Method, object?[] Arguments) sent) => sent.Arguments.Length > 2 ? (string)sent.Arguments[2]! : sent.Method;

    public IClientProxy AllExcept(IReadOnlyList<string> excludedConnectionIds) => throw new NotSupportedException();
    public IClientProxy Client(string connectionId) => throw new NotSupportedException();
    IClientProxy IHubClients<IClientProxy>.Clients(IReadOnlyList<string> connectionIds) => throw new NotSupportedException();
    public IClientProxy Group(string groupName) => new Proxy(this, groupName);
    public IClientProxy GroupExcept(string groupName, IReadOnlyList<string> excludedConnectionIds) => throw new NotSupportedException();
    IClientProxy IHubClients<IClientProxy>.Groups(IReadOnlyList<string> groupNames) => throw new NotSupportedException();
    public IClientProxy User(string userId) => throw new NotSupportedException();
    public IClientProxy Users(IReadOnlyList<string> userIds) => throw new NotSupportedException();

    private sealed class Proxy(FakeHub hub, string group) : IClientProxy
    {
        public Task SendCoreAsync(string method, object?[] args, CancellationToken cancellationToken = default)
        {
            lock (hub._sent)
                hub._sent.Add((group, method, args));
            hub._news.Release();
            return group == hub.Stalled ? Task.Delay(Timeout.Infinite, CancellationToken.None) : Task.CompletedTask;
        }
    }
}
