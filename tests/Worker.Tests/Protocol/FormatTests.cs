using System.Text;
using System.Text.Json;
using Weir.Shared.Logs;
using Weir.Shared.Protocol;
using Weir.Worker.Journal;
using Weir.Worker.Keeper;

namespace Weir.Worker.Tests.Protocol;

/// <summary>What workers keep on disk and say to their keepers, as format 1 wrote it: later versions find it when they are started in an old directory, or beside an old keeper.</summary>
public sealed class FormatTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("weir-formats-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static IReadOnlyList<Frame> Frames { get; } =
    [
        new StartedFrame(1_795_000_000_123, 4711),
        new LinesFrame("stdio", 2, 12, 5, 250, LogChunk.Pack(
        [
            new(0, 5, LogStream.Stdout, LineEnd.Newline, "hello"u8.ToArray()),
            new(1, 250, LogStream.Stderr, LineEnd.Newline, "wörld"u8.ToArray()),
        ])),
        new EndedFrame
        {
            ExitCode = 3,
            Signal = 15,
            Kind = EndKind.TimedOut,
            Reason = "No output for 20 min.",
            DurationMs = 1_200_345,
            Outputs = new Dictionary<string, string> { ["revision"] = "4f2de3a1" },
            Output = "text\n",
            Warnings = 7,
        },
    ];

    // The bytes of a command's file: they lie on disk, and go over the wire as they are.
    [Fact]
    public void Frames_of_format_1_are_read_and_written_byte_by_byte()
    {
        var golden = Golden.Read("frames-1.hex", () => Convert.ToHexString([.. Frames.SelectMany(FrameCodec.Encode)]));

        Assert.Equal(golden, Convert.ToHexString([.. Frames.SelectMany(FrameCodec.Encode)]));
        var read = FrameCodec.DecodeAll(Convert.FromHexString(golden));
        Assert.Equal(Frames.Count, read.Count);
        Assert.Equal(Frames[0], read[0]);
        var lines = Assert.IsType<LinesFrame>(read[1]);
        Assert.Equal(("stdio", 2, 12, 5L, 250L), (lines.Log, lines.LineCount, lines.ByteCount, lines.FirstAt, lines.LastAt));
        Assert.Equal(["hello", "wörld"], LogChunk.Unpack(lines.Content.Span, 0, lines.FirstAt).Select(l => l.Text));
        Assert.Equal(JsonSerializer.Serialize((EndedFrame)Frames[2]), JsonSerializer.Serialize((EndedFrame)read[2]));
    }

    [Fact]
    public void A_journal_of_format_1_is_taken_up()
    {
        var work = new WorkDirectory(_folder);
        work.Create();
        Lay("identity.json", JsonSerializer.Serialize(new Identity(Guid.Parse("0e4cbd02-6f0c-4f5e-9d06-6c7a3d3a9c11")), JournalJson.Default.Identity));
        Lay("session.json", JsonSerializer.Serialize(new Standing("store-1", 42), JournalJson.Default.Standing));
        Lay("finished", "1001\n1002");
        var order = (StartOrder)WireExamples.Of1.Single(m => m.Name == "start-run").Values[0]!;
        var checkout = (StartOrder)WireExamples.Of1.Single(m => m.Name == "start-checkout").Values[0]!;
        Lay("commands/1003/order.json", JsonSerializer.Serialize(new AcceptedOrder(1003, 4, "boot-1", order.Spec), JournalJson.Default.AcceptedOrder));
        Lay("commands/1004/order.json", JsonSerializer.Serialize(new AcceptedOrder(1004, 5, "boot-1", checkout.Spec), JournalJson.Default.AcceptedOrder));
        File.WriteAllBytes(work.Frames(1003), Convert.FromHexString(Golden.Read("frames-1.hex", () => "")));

        var journal = new WorkerJournal(work, "boot-1");

        Assert.Equal(Guid.Parse("0e4cbd02-6f0c-4f5e-9d06-6c7a3d3a9c11"), journal.Instance);
        Assert.Equal(("store-1", 42L), (journal.Standing.Store, journal.Standing.Session));
        Assert.True(journal.IsFinished(1001) && journal.IsFinished(1002) && !journal.IsFinished(1003));
        var held = journal.Recover();
        Assert.Equal([(1003L, 4L, true), (1004L, 5L, false)], held.Select(h => (h.Order.Command, h.Order.Epoch, h.Ended)));
        Assert.Equal(WireExamples.Text(order.Spec), WireExamples.Text(held[0].Order.Spec));
        Assert.Equal(WireExamples.Text(checkout.Spec), WireExamples.Text(held[1].Order.Spec));
    }

    [Fact]
    public void A_journal_of_a_later_format_is_not_touched()
    {
        var work = new WorkDirectory(_folder);
        work.Create();
        Assert.Equal("1\n", File.ReadAllText(work.Format));
        File.WriteAllText(work.Format, "3\n");

        var refusal = Assert.Throws<IOException>(work.Create);

        Assert.Equal($"A later release has worked in {_folder} (its journal has format 3, this one reads 1). Start that release, or give this one a directory of its own.", refusal.Message);
    }

    [Theory]
    [InlineData("start", """{"do":"Start","command":1003,"secrets":{"deploy":"s3cret"}}""")]
    [InlineData("interrupt", """{"do":"Interrupt","command":1003,"reason":"Stopped by ada."}""")]
    [InlineData("forget", """{"do":"Forget","command":1003}""")]
    [InlineData("acknowledged", """{"do":"Acknowledged","command":1003,"position":4100}""")]
    [InlineData("retire", """{"do":"Retire"}""")]
    public void Orders_to_a_keeper_are_what_they_were(string name, string text)
    {
        var read = JsonSerializer.Deserialize(text, KeeperJson.Default.KeeperOrder)!;

        Assert.Equal(name, read.Do.ToString().ToLowerInvariant());
        Assert.Equal(text, JsonSerializer.Serialize(read, KeeperJson.Default.KeeperOrder));
    }

    [Theory]
    [InlineData("""{"keeper":"0e4cbd02-6f0c-4f5e-9d06-6c7a3d3a9c11","build":"0.1.0 (x)","abilities":["secrets"],"process":4711}""")]
    [InlineData("""{"ready":true}""")]
    [InlineData("""{"command":1003,"length":4096,"ended":true}""")]
    [InlineData("""{"command":1003,"givenUp":"The disk is full."}""")]
    public void News_of_a_keeper_are_what_they_were(string text) =>
        Assert.Equal(text, JsonSerializer.Serialize(JsonSerializer.Deserialize(text, KeeperJson.Default.KeeperNews)!, KeeperJson.Default.KeeperNews));

    private void Lay(string name, string now)
    {
        var path = Path.Combine(_folder, ".weir", name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var old = Golden.Read($"journal-1/{name.Replace('/', '-')}", () => now);
        if (name.EndsWith(".json", StringComparison.Ordinal))
            Assert.Empty(Golden.Added(old, now));
        File.WriteAllText(path, old + "\n", new UTF8Encoding(false));
    }
}
