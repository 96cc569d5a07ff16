using Weir.Whole.Tests.F;

namespace Weir.Whole.Tests.D;

/// <summary>D4: a real repository with hundreds of commits, merges, branches and names from all over the world.</summary>
public sealed class PollingTests
{
    private static string Config(string repository) => $$"""
        weir: 1
        codebases:
          big: { repository: '{{repository}}', branch: main }
        changeSources:
          poll: { type: git-poller, codebase: big, branches: [main, 'feature/*'], every: 1s }
        workers: { w1: { maxBuilds: 2 } }
        schedulers:
          on-main: { type: single-branch, changes: { codebase: big, branch: main }, treeStable: 1s, builders: [check] }
        builders:
          check:
            steps:
              - git: { codebase: big }
              - name: names
                run: git log -1 --format=%H
        """;

    [Fact]
    public async Task Hundreds_of_commits_are_polled_classified_and_built()
    {
        var folder = Directory.CreateTempSubdirectory("weir-repo-").FullName;
        var script = Path.Combine(folder, "make.sh");
        await File.WriteAllTextAsync(script, """
            set -e
            cd "$1"
            export GIT_AUTHOR_EMAIL=a@example.org GIT_COMMITTER_EMAIL=a@example.org GIT_COMMITTER_NAME='Weir Test'
            git init -q --bare -b main big.git
            git clone -q big.git w 2>/dev/null; cd w; git checkout -q -b main
            export GIT_AUTHOR_NAME='Őrült Ödön'; echo 0 > 'ünnepi fájl.txt'; git add -A; git commit -qm 'Első'; git push -q origin main
            """);
        await PagesFixture.Run("bash", script, folder);
        await using var weir = await Installation.Create(Config(Path.Combine(folder, "big.git")));
        var master = await weir.StartMaster("one");
        weir.StartWorker("w1", await weir.WorkerToken(master, "w1"), master.Url);
        await weir.Until(async () => await weir.Sql<long?>("SELECT id FROM builds WHERE completed_at IS NOT NULL"), "the head's build");
        Assert.Equal(1, await weir.Sql<long>("SELECT count(*) FROM changes"));

        await File.WriteAllTextAsync(script, """
            set -e
            cd "$1/w"
            export GIT_AUTHOR_EMAIL=a@example.org GIT_COMMITTER_EMAIL=a@example.org GIT_COMMITTER_NAME='Weir Test'
            names=('Åsa Öberg' '山田 太郎' 'Ольга' 'José' "O'Brien")
            for i in $(seq 1 250); do
              export GIT_AUTHOR_NAME="${names[$((i % 5))]}"
              echo $i >> "datei ${names[$((i % 5))]}.txt"; git add -A; git commit -qm "Änderung $i 🚢"
              if [ $((i % 50)) -eq 0 ]; then
                git checkout -q -b feature/f$i; echo f > f$i; git add -A; git commit -qm "feature $i"; git checkout -q main
                echo m > m$i; git add -A; git commit -qm "beside $i"; git merge -q --no-ff -m "merge $i" feature/f$i
              fi
            done
            git push -q origin --all
            """);
        await PagesFixture.Run("bash", script, folder);
        var head = (await File.ReadAllTextAsync(Path.Combine(folder, "big.git", "refs", "heads", "main"))).Trim();

        await weir.Until(async () => await weir.Sql<long?>("SELECT b.id FROM builds b WHERE b.revision = @head AND b.results = 0", new { head }), "the build of the new head", 120);

        // On main: 250 commits, 5 beside the branches, 5 merges, 5 of the branches that came in with the merges; and each feature branch has its head.
        Assert.Equal(1 + 250 + 5 + 5 + 5, await weir.Sql<long>("SELECT count(*) FROM changes WHERE branch = 'main'"));
        Assert.Equal(5, await weir.Sql<long>("SELECT count(DISTINCT branch) FROM changes WHERE branch LIKE 'feature/%'"));
        Assert.Equal(0, await weir.Sql<long>("SELECT count(*) FROM change_work"));
        Assert.Equal(1, await weir.Sql<long>("SELECT count(*) FROM changes WHERE branch = 'main' AND author LIKE '%山田 太郎%' AND comments LIKE 'Änderung 1 %'"));
        Assert.Contains("山田", System.Net.WebUtility.HtmlDecode(await master.Http.GetStringAsync("/changes")));
        Directory.Delete(folder, recursive: true);
    }
}
