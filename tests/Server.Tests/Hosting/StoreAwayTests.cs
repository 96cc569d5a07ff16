using System.Net;
using Weir.Engine.Storage.Embedded;
using Weir.Support;

namespace Weir.Server.Tests.Hosting;

public sealed class StoreAwayTests
{
    [Fact]
    public async Task While_the_store_is_away_callers_are_told_to_come_back_and_the_master_lives_on()
    {
        var folder = Directory.CreateTempSubdirectory("weir-away-");
        File.SetUnixFileMode(folder.FullName, File.GetUnixFileMode(folder.FullName) | UnixFileMode.OtherExecute);
        var options = new EmbeddedPostgresOptions { Directory = Path.Combine(folder.FullName, "postgres"), Durable = false, NpmRoots = [RepositoryRoot.Below("artifacts/embedded-postgres")] };
        var postgres = await EmbeddedPostgres.Start(options, CancellationToken.None);
        await using (var master = await TestMaster.StartOn(postgres.ConnectionString))
        {
            Assert.Equal(HttpStatusCode.OK, (await master.Anonymous().GetAsync("/api/v2/builders")).StatusCode);
            await postgres.DisposeAsync();

            var answer = await master.Anonymous().GetAsync("/api/v2/builders");
            Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
            Assert.NotNull(answer.Headers.RetryAfter);
            Assert.Equal("application/problem+json", answer.Content.Headers.ContentType!.MediaType);
            var page = await master.Anonymous().GetAsync("/builders");
            Assert.Equal(HttpStatusCode.ServiceUnavailable, page.StatusCode);
            Assert.DoesNotContain("Npgsql", await page.Content.ReadAsStringAsync());
            Assert.Equal(HttpStatusCode.ServiceUnavailable, (await master.Anonymous().GetAsync("/readyz")).StatusCode);
            Assert.Equal(HttpStatusCode.OK, (await master.Anonymous().GetAsync("/healthz")).StatusCode);
            // A forge that hears this sends its hook again.
            foreach (var (client, door) in new[] { (master.Anonymous(), "/hooks/forge"), (master.Anonymous(), "/change_hook/github"), (master.Admin(), "/change_hook/base") })
            {
                var hook = await client.PostAsync(door, new StringContent("{}", System.Text.Encoding.UTF8, "application/json"));
                Assert.Equal((door, HttpStatusCode.ServiceUnavailable), (door, hook.StatusCode));
                Assert.InRange(hook.Headers.RetryAfter?.Delta ?? TimeSpan.Zero, TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(1));
            }

            postgres = await EmbeddedPostgres.Start(options, CancellationToken.None);
            Assert.Equal(HttpStatusCode.OK, (await master.Anonymous().GetAsync("/api/v2/builders")).StatusCode);
            Assert.Equal(HttpStatusCode.OK, (await master.Anonymous().GetAsync("/readyz")).StatusCode);
            Assert.Equal(HttpStatusCode.NotFound, (await master.Anonymous().PostAsync("/hooks/forge", new StringContent("{}", System.Text.Encoding.UTF8, "application/json"))).StatusCode);
        }
        await postgres.DisposeAsync();
        folder.Delete(recursive: true);
    }

    [Fact]
    public async Task A_token_for_a_worker_is_kept_in_a_file_for_its_owner_and_made_anew_when_the_store_does_not_know_it()
    {
        var folder = Directory.CreateTempSubdirectory("weir-token-");
        var file = Path.Combine(folder.FullName, "deep", "token");
        await using var first = await TestMaster.Start(null, ("WorkerToken", "local=" + file));
        var token = await File.ReadAllTextAsync(file);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));

        await using (await TestMaster.Start(first.Store, ("WorkerToken", "local=" + file)))
            Assert.Equal(token, await File.ReadAllTextAsync(file));
        await using (await TestMaster.Start(null, ("WorkerToken", "local=" + file)))
            Assert.NotEqual(token, await File.ReadAllTextAsync(file));
        folder.Delete(recursive: true);
    }
}
