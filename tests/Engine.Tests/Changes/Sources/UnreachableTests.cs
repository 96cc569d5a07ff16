using Weir.Engine.Changes.Sources;

namespace Weir.Engine.Tests.Changes.Sources;

public sealed class UnreachableTests
{
    [Fact]
    public async Task A_server_that_does_not_answer_is_shown_and_asked_less_and_less_often()
    {
        await using var polled = await PolledWorks.Of(["main"]);
        var poller = await polled.NewEngine(new PollSettings { Jitter = () => 0 });
        polled.Git.Commit();
        polled.Git.Push("HEAD:main");
        Directory.Move(polled.Git.Bare, polled.Git.Bare + ".away");

        Assert.Empty(await polled.Poll(poller));
        Assert.Empty(await polled.Poll(poller));

        var shown = await polled.Shown();
        Assert.Equal(2, shown.Failures);
        Assert.Contains("does not appear to be a git repository", shown.LastError);
        var wait = shown.NextPollAt!.Value - shown.LastPollAt!.Value;
        Assert.InRange(wait.TotalSeconds, 11.5, 12.5);
        Assert.Equal(2, await polled.Works.Store.Scalar<long>("SELECT count(*) FROM event_outbox WHERE kind = 'ChangeSourceChanged'"));

        Directory.Move(polled.Git.Bare + ".away", polled.Git.Bare);
        Assert.Single(await polled.Poll(poller));
        shown = await polled.Shown();
        Assert.Equal((0, (string?)null), (shown.Failures, shown.LastError));
    }

    [Theory]
    [InlineData(0, 0, 10)]
    [InlineData(1, 0, 20)]
    [InlineData(1, 1, 16)]
    [InlineData(3, 0, 80)]
    [InlineData(10, 0, 1800)]
    [InlineData(60, 0.5, 1620)]
    [InlineData(int.MaxValue, 0, 1800)]
    public void The_wait_doubles_up_to_half_an_hour(int failures, double jitter, double seconds) =>
        Assert.Equal(seconds, PollSettings.BackOff(TimeSpan.FromSeconds(10), failures, jitter).TotalSeconds, 3);

    [Fact]
    public void A_longer_period_is_never_shortened() => Assert.Equal(TimeSpan.FromHours(2), PollSettings.BackOff(TimeSpan.FromHours(2), 5, 0));

    [Theory]
    [InlineData("--upload-pack=touch /tmp/x")]
    [InlineData("-oProxyCommand=touch")]
    [InlineData("ext::sh -c touch% /tmp/x")]
    [InlineData("ext::sh[")]
    [InlineData("fd::17")]
    [InlineData("ssh://-oProxyCommand=touch/x")]
    [InlineData("ssh://user@-oProxyCommand=touch/x")]
    [InlineData("ftp://example.org/x")]
    [InlineData("relative/path")]
    [InlineData("")]
    [InlineData("https://example.org/a\nb")]
    [InlineData("-x@host:path")]
    [InlineData("host:-x")]
    public async Task A_hostile_address_is_refused_with_words_and_never_reaches_git(string address)
    {
        Assert.NotNull(GitAddress.ProblemOf(address));
        if (address.StartsWith("ext", StringComparison.Ordinal))
        {
            await using var polled = await PolledWorks.Of(["main"], address);
            Assert.Empty(await polled.Poll());
            Assert.Contains("the address of the repository", (await polled.Shown()).LastError);
            Assert.Empty(Directory.GetDirectories(Path.Combine(polled.Git.Cache, "engine1", "git"), "*.git"));
        }
    }

    [Theory]
    [InlineData("https://example.org/x.git")]
    [InlineData("https://user:secret@example.org:8443/x.git")]
    [InlineData("ssh://git@example.org/x.git")]
    [InlineData("ssh://git@[::1]:22/x.git")]
    [InlineData("git@example.org:group/x.git")]
    [InlineData("git://example.org/x")]
    [InlineData("file:///srv/x.git")]
    [InlineData("/srv/x.git")]
    public void An_ordinary_address_is_taken(string address) => Assert.Null(GitAddress.ProblemOf(address));

    [Theory]
    [InlineData("fatal: unable to access 'https://user:s3cret@example.org/x/': no", "fatal: unable to access 'https://example.org/x/': no")]
    [InlineData("ssh://git:pw@example.org/x", "ssh://git@example.org/x")]
    [InlineData("ssh://git@example.org/x", "ssh://git@example.org/x")]
    public void Passwords_are_not_shown(string text, string shown) => Assert.Equal(shown, GitAddress.WithoutCredentials(text));

    [Fact]
    public async Task A_server_that_hangs_is_left_after_the_limit_and_git_with_it()
    {
        using var listener = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        listener.Start();
        var home = Directory.CreateTempSubdirectory("weir-git-");
        try
        {
            var git = new GitCommand(home.FullName, TimeProvider.System);
            await git.Text(Path.Combine(home.FullName, "m.git"), ["init", "-q", "--bare"], null, 1024, TimeSpan.FromSeconds(20), CancellationToken.None);
            var port = ((System.Net.IPEndPoint)listener.LocalEndpoint).Port;

            var error = await Assert.ThrowsAsync<GitException>(() =>
                git.Text(Path.Combine(home.FullName, "m.git"), ["ls-remote", "--heads", "--", $"http://127.0.0.1:{port}/x"], null, 1024, TimeSpan.FromSeconds(1), CancellationToken.None));

            Assert.Contains("took longer than 1 s", error.Message);
        }
        finally
        {
            home.Delete(recursive: true);
        }
    }
}
