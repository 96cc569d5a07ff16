using Bunit;
using Weir.App.Client.Locks;
using Weir.Shared.Configuration;
using Weir.Shared.Locks;

namespace Weir.Client.Tests.Locks;

/// <summary>The page of locks, as far as shared directories stand on it.</summary>
public sealed class LocksRegionTests : Components
{
    private static readonly LockRecord Sdk = new()
    {
        Id = 1, Name = SharedDirectories.Lock("sdk"), Scope = LockScope.Worker, Capacity = 1_000_000, Home = "w1",
        Holders = [new(7, "install", 3, "w1", "install", 1, true, Samples.Now)],
        Waiters = [new(8, null, "app", 4, "check", "w1", 1, false, Samples.Now)],
    };

    private static readonly SharedDirectoryRecord Directory = new()
    {
        Name = "sdk", Worker = "w1", Since = Samples.Now, Bytes = 2048, Writer = "install #2", WrittenAt = Samples.Now, Well = false, Builders = ["install", "app"], Together = ["docs"], Possible = ["w2"],
    };

    [Fact]
    public void A_shared_directory_is_called_by_its_name_and_says_who_writes_and_who_waits_to_read()
    {
        var shown = Show<LocksRegion>(p => p.Add(r => r.Locks, [Sdk]).Add(r => r.Standstills, []).Add(r => r.Directories, [Directory]).Add(r => r.Moment, Moment));

        var text = Text(shown);
        Assert.DoesNotContain("shared/", text, StringComparison.Ordinal);
        Assert.DoesNotContain("1,000,000", text, StringComparison.Ordinal);
        foreach (var said in new[] { "sdk shared directory", "writes", "reads", "2 KiB", "by install #2", "did not end well", "Goes withdocs" })
            Assert.Contains(said, text, StringComparison.Ordinal);
    }

    [Fact]
    public void An_admin_finds_the_workers_to_which_it_can_be_moved()
    {
        var shown = Show<LocksRegion>(p => p.Add(r => r.Locks, [Sdk]).Add(r => r.Standstills, []).Add(r => r.Directories, [Directory]).Add(r => r.Moment, Moment));

        var button = shown.Find("details button");
        Assert.Equal(("/shareddirectories/sdk/move", "worker", "w2", "admin"), (button.GetAttribute("formaction"), button.GetAttribute("name"), button.GetAttribute("value"), button.GetAttribute("data-needs")));
        Assert.Equal("Move the shared directory sdk to w2? It begins empty there.", button.GetAttribute("data-confirm"));
    }
}
