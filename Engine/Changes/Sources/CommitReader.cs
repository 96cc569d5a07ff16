using System.Globalization;
using System.Text;

namespace Weir.Engine.Changes.Sources;

/// <summary>
/// Reads commits from <c>git log -z --name-only</c> as they come, in bounded memory. Each record begins with a word that nobody who wrote a commit could know.
/// </summary>
internal sealed class CommitReader
{
    private const int Fields = 8;
    private readonly string mark = Convert.ToHexString(System.Security.Cryptography.RandomNumberGenerator.GetBytes(16));
    private readonly List<Commit> commits = [];
    private readonly List<string> fields = [];
    private readonly List<string> files = [];
    private bool filesCut;
    private bool inFiles;

    /// <summary>The argument that makes git print what is read here.</summary>
    public string Format => $"--format=tformat:{mark}%x00%H%x00%P%x00%an%x00%ae%x00%cn%x00%ce%x00%at%x00%B%x00";

    public async Task<IReadOnlyList<Commit>> Read(Stream output, CancellationToken cancellation)
    {
        var token = new MemoryStream();
        var buffer = new byte[64 * 1024];
        while (await output.ReadAsync(buffer, cancellation) is var count && count > 0)
        {
            foreach (var b in buffer.AsSpan(0, count))
            {
                if (b == 0)
                {
                    Take(Encoding.UTF8.GetString(token.GetBuffer(), 0, (int)token.Length));
                    token.SetLength(0);
                }
                else if (token.Length < ChangeText.MaxComments + 16) // enough for the writer to see that it must cut
                    token.WriteByte(b);
            }
        }
        Finish();
        return commits;
    }

    private void Take(string token)
    {
        if (token == mark)
            Finish();
        else if (!inFiles)
        {
            fields.Add(token);
            inFiles = fields.Count == Fields;
        }
        else if (token.TrimStart('\n') is { Length: > 0 } file) // a line end stands before the first one
        {
            if (files.Count < ChangeText.MaxFiles)
                files.Add(file);
            else
                filesCut = true;
        }
    }

    private void Finish()
    {
        if (fields.Count == Fields)
        {
            commits.Add(new()
            {
                Id = fields[0],
                Parents = fields[1].Split(' ', StringSplitOptions.RemoveEmptyEntries),
                Author = Person(fields[2], fields[3]),
                Committer = Person(fields[4], fields[5]),
                AuthoredAt = Time(fields[6]),
                Message = fields[7].TrimEnd('\n'),
                Files = [.. files],
                FilesCut = filesCut,
            });
        }
        fields.Clear();
        files.Clear();
        filesCut = inFiles = false;
    }

    private static string Person(string name, string mail) => mail.Length == 0 ? name : $"{name} <{mail}>".TrimStart();

    // A commit may say any year it likes.
    private static DateTimeOffset? Time(string seconds) =>
        long.TryParse(seconds, CultureInfo.InvariantCulture, out var value) && value is >= 0 and < 253402300800 ? DateTimeOffset.FromUnixTimeSeconds(value) : null;
}
