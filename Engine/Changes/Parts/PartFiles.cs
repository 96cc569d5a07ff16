using System.Globalization;
using System.Text;
using Weir.Engine.Changes.Sources;
using Weir.Engine.Configuration.Format;
using Weir.Engine.Configuration.Reading;
using Weir.Shared.Configuration;

namespace Weir.Engine.Changes.Parts;

/// <summary>The configuration's files of one commit of a repository, with what is wrong with them before they are read as YAML.</summary>
internal sealed record CommittedFiles(string Commit, IReadOnlyList<ConfigurationPart> Parts, IReadOnlyList<ConfigurationProblem> Problems)
{
    /// <summary>The address of whoever made the commit; null: it says none that is one.</summary>
    public string? Author { get; init; }
}

/// <summary>
/// Reads the files of a part out of a bare copy of its repository: the YAML files of one folder, or one file. Nothing is checked out, links are not followed, and names, numbers and sizes are
/// looked at before any content is: the repository is a stranger's.
/// </summary>
internal sealed class PartFiles(GitCommand git, string mirror, PartConfiguration part)
{
    public const int MostFiles = 200;
    public const int LargestFile = 1024 * 1024;
    public const int LargestPart = 4 * 1024 * 1024;
    private const int MaxListing = 16 * 1024 * 1024;
    private static readonly TimeSpan Short = TimeSpan.FromSeconds(30);

    private sealed record Entry(string Mode, string Kind, string Object, long Size, string Name);

    public async Task<CommittedFiles> Read(string commit, CancellationToken cancellation)
    {
        var (parts, problems) = (new List<ConfigurationPart>(), new List<ConfigurationProblem>());
        var files = await Files(commit, cancellation);
        if (files.Count > MostFiles)
            throw new GitException($"{Where} holds {files.Count:N0} YAML files; at most {MostFiles} are read");
        if (files.Sum(f => f.Size) > LargestPart)
            throw new GitException($"the YAML files of {Where} are larger than {LargestPart / (1024 * 1024)} MiB together");
        foreach (var file in files)
        {
            var name = $"{part.Name}/{file.Name}";
            if (file.Mode == "120000")
                problems.Add(new(name, 1, 1, "", "This is a symbolic link; links are not followed. Put the file itself here."));
            else if (file.Kind != "blob")
                problems.Add(new(name, 1, 1, "", "This is no file."));
            else if (file.Size > LargestFile)
                problems.Add(new(name, 1, 1, "", $"This file is larger than {LargestFile / 1024} KiB."));
            else
                Add(name, await Content(file, cancellation));
        }
        return new(commit, parts, problems) { Author = await Author(commit, cancellation) };

        void Add(string name, byte[] bytes)
        {
            var (read, problem) = SourceText.Decode(name, bytes);
            parts.Add(read);
            if (problem is not null)
                problems.Add(problem);
        }
    }

    private async Task<string?> Author(string commit, CancellationToken cancellation) =>
        (await git.Text(mirror, ["show", "--no-patch", "--format=%ae", commit], null, 4096, Short, cancellation)).Trim() is var address && TextRules.MailAddress(address) is null ? address : null;

    private string Where => part.Path.Length == 0 ? "the root of the repository" : part.Path;

    private async Task<IReadOnlyList<Entry>> Files(string commit, CancellationToken cancellation)
    {
        var tree = commit;
        if (part.Path.Length > 0)
        {
            switch ((await List([commit, "--", part.Path], cancellation)).ToList())
            {
                case [{ Kind: "blob" } file]:
                    return [file with { Name = file.Name.Split('/')[^1] }];
                case [{ Kind: "tree" } folder]:
                    tree = folder.Object;
                    break;
                default:
                    throw new GitException($"the branch {part.Branch} has no {part.Path}");
            }
        }
        var found = (await List([tree], cancellation)).Where(e => e.Name.EndsWith(".yaml", StringComparison.Ordinal) || e.Name.EndsWith(".yml", StringComparison.Ordinal)).Where(e => e.Name[0] is not ('.' or '#')).OrderBy(e => e.Name, StringComparer.Ordinal).ToList();
        return found.Count > 0 ? found : throw new GitException($"{Where} holds no *.yaml or *.yml");
    }

    // <mode> <kind> <object> <size>\t<name>, each ended by NUL; names as they are.
    private async Task<IEnumerable<Entry>> List(IReadOnlyList<string> what, CancellationToken cancellation) =>
        (await git.Text(mirror, ["--literal-pathspecs", "ls-tree", "-z", "--long", "--full-tree", .. what], null, MaxListing, Short, cancellation))
            .Split('\0', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => (Tab: line.IndexOf('\t', StringComparison.Ordinal), Line: line))
            .Select(l => (Fields: l.Line[..l.Tab].Split(' ', StringSplitOptions.RemoveEmptyEntries), Name: l.Line[(l.Tab + 1)..]))
            .Select(l => new Entry(l.Fields[0], l.Fields[1], l.Fields[2], long.TryParse(l.Fields[3], NumberStyles.None, CultureInfo.InvariantCulture, out var size) ? size : 0, Printable(l.Name)));

    private static string Printable(string name) => name.Any(char.IsControl) ? new StringBuilder().AppendJoin("", name.Select(c => char.IsControl(c) ? '?' : c)).ToString() : name;

    private Task<byte[]> Content(Entry file, CancellationToken cancellation) => git.Run(mirror, ["cat-file", "blob", file.Object], null, async (output, token) =>
    {
        using var content = new MemoryStream();
        await output.CopyToAsync(content, token);
        return content.ToArray();
    }, Short, cancellation);
}
