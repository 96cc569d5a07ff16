using System.Text.RegularExpressions;
using Weir.Shared.Changes;
using Weir.Shared.Configuration;

namespace Weir.Engine.Changes.Hooks;

/// <summary>Which changes a webhook's source makes of what a forge reports, and in words why it makes none of the rest. Pure.</summary>
internal static class HookSelection
{
    private static readonly TimeSpan RegexTime = TimeSpan.FromMilliseconds(250);

    public static (IReadOnlyList<NewChange> Changes, IReadOnlyList<string> Remarks) Decide(WeirConfiguration model, WebhookConfiguration source, HookContent content)
    {
        var changes = new List<NewChange>();
        var remarks = content.Remarks.ToList();
        foreach (var news in content.News)
        {
            if (Refusal(source, news) is { } why)
            {
                remarks.Add(why);
                continue;
            }
            var codebases = Repositories.Of(model, source, news.Addresses);
            if (codebases.Count == 0)
                remarks.Add($"{(source.Codebases.Count == 0 ? "no codebase has" : $"{string.Join(", ", source.Codebases)} has not")} the repository {ChangeText.Fit(GitAddressOf(news), 300)}");
            foreach (var codebase in codebases)
            {
                if (news.CommitsInAll is { } all)
                    remarks.Add($"the forge listed {news.Changes.Count} commits of {all} or more");
                foreach (var change in news.Changes)
                    Take(change, codebase, news, model, changes, remarks);
            }
        }
        return (changes, remarks);
    }

    private static string? Refusal(WebhookConfiguration source, HookNews news)
    {
        var kind = news.Kind switch { HookKind.Push => "push", HookKind.Tag => "tag", _ => "pull-request" };
        if (source.Events.Count > 0 && !source.Events.Contains(kind))
            return $"{source.Name} makes no changes of events of the kind {kind} (events)";
        if (news.Kind != HookKind.Tag && source.Branches.Count > 0 && !source.Branches.Any(b => new Glob(b).Matches(news.Target ?? "")))
            return $"{source.Name} takes nothing of the branch {ChangeText.Fit(news.Target ?? "", 200)} (branches)";
        if (source.Skip is { } pattern && Skips(pattern, news.Changes[^1].Comments))
            return "its newest message says that it is to be skipped (skip)";
        return null;
    }

    private static void Take(NewChange change, CodebaseConfiguration codebase, HookNews news, WeirConfiguration model, List<NewChange> changes, List<string> remarks)
    {
        var mine = change with { Codebase = codebase.Name, Key = news.KeyPrefix is { } prefix ? $"{prefix}:{codebase.Name}:{change.Branch}:{change.Revision}" : null };
        var (complete, problems) = ChangeCheck.Check(Short(mine), model);
        if (problems.Count == 0)
            changes.Add(complete);
        else
            remarks.Add(string.Join("; ", problems.Select(p => $"{p.Field}: {p.Message}")));
    }

    // What a person may write at length is cut; what names something must be right as it is.
    private static NewChange Short(NewChange change) => change with
    {
        Author = ChangeText.Fit(change.Author, ChangeText.MaxShort),
        Committer = ChangeText.FitOrNull(change.Committer, ChangeText.MaxShort),
        Project = ChangeText.FitOrNull(change.Project, ChangeText.MaxShort),
        Comments = ChangeText.Fit(change.Comments, ChangeText.MaxComments),
        RevisionLink = Uri.TryCreate(change.RevisionLink, UriKind.Absolute, out var link) && link.Scheme is "https" or "http" && change.RevisionLink!.Length <= ChangeText.MaxLink ? change.RevisionLink : null,
        Files = [.. change.Files.Take(ChangeText.MaxFiles).Select(f => ChangeText.Fit(f, ChangeText.MaxPath))],
        FilesCut = change.FilesCut || change.Files.Count > ChangeText.MaxFiles,
    };

    private static bool Skips(string pattern, string comments)
    {
        try
        {
            return Regex.IsMatch(comments, pattern, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant, RegexTime);
        }
        catch (RegexMatchTimeoutException)
        {
            return false;
        }
    }

    private static string GitAddressOf(HookNews news) => news.Addresses.Count > 0 ? Sources.GitAddress.WithoutCredentials(news.Addresses[0]) : "(none is named)";
}
