using System.Runtime.CompilerServices;
using System.Text;
using Weir.Shared;
using Weir.Shared.Builds;
using Weir.Shared.Changes;
using Weir.Shared.Configuration;
using Weir.Shared.Events;
using Weir.Shared.Locks;
using Weir.Shared.Logs;
using Weir.Shared.Masters;
using Weir.Shared.Orders;
using Weir.Shared.Queue;
using Weir.Shared.Schedulers;
using Weir.Shared.Steps;
using Weir.Shared.Workers;

namespace Weir.Client.Tests;

/// <summary>All query interfaces over lists in memory, and an event feed: enough of a store to render every page and to watch it.</summary>
public sealed partial class SampleStore : TimeProvider, IBuildQueries, IBuilderQueries, IWaterfallQueries, IHomeQueries, IQueueQueries, IWorkerQueries, IMasterQueries, IChangeQueries,
    ISchedulerQueries, IConfigurationQueries, IPartQueries, IImpactQueries, ILogQueries, ILogSearch, IStepQueries, IEventFeed, IOrderQueries, ILockQueries, IDirectoryQueries, IThingForms
{
    private readonly Lock _lock = new();
    private readonly HashSet<long> _grown = [];
    private TaskCompletionSource _news = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public DateTimeOffset Now { get; set; } = Samples.Now;
    public List<BuilderSummary> Builders { get; } = [];
    public List<BuildSummary> Builds { get; } = [];
    public List<StepRecord> Steps { get; } = [];
    public List<LogRecord> Logs { get; } = [];
    public Dictionary<long, List<LogLine>> Lines { get; } = [];
    public List<ChangeRecord> Changes { get; } = [];
    public List<RequestSummary> Requests { get; } = [];
    public List<BuildsetSummary> Buildsets { get; } = [];
    public List<WorkerRecord> Workers { get; } = [];
    public List<MasterRecord> Masters { get; } = [];
    public List<LockRecord> Locks { get; } = [];
    public List<SharedDirectoryRecord> Directories { get; } = [];
    public List<OrderRecord> Orders { get; } = [];
    public List<SchedulerRecord> Schedulers { get; } = [];
    public List<ForceForm> Forms { get; } = [];
    public List<ChangeSourceRecord> ChangeSources { get; } = [];
    public List<RevisionRecord> Revisions { get; } = [];
    public List<Attention> Attention { get; } = [];
    public List<PropertyRecord> Properties { get; } = [];
    public List<WeirEvent> Happened { get; } = [];
    public BuilderStatistics Statistics { get; set; } = new();
    public List<ThingRevision> ThingRevisions { get; } = [];

    /// <summary>How often details of builds were asked for; what nobody watches must not be read.</summary>
    public int DetailReads { get; private set; }

    /// <summary>True: whoever asks for what pages show gets an error, as from a store that does not answer.</summary>
    public bool IsAway { get; set; }

    /// <summary>Set when somebody has asked where the feed stands; what happens afterwards is news to him.</summary>
    public TaskCompletionSource Asked { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public override DateTimeOffset GetUtcNow() => Now;

    /// <summary>Changes the lists and tells of it, as a committed transaction would.</summary>
    public void Happen(Action change, params WeirEvent[] events)
    {
        lock (_lock)
        {
            change();
            foreach (var e in events)
                Happened.Add(e with { Number = Happened.Count + 1, At = Now });
        }
        Wake();
    }

    public void Append(long log, params string[] lines)
    {
        lock (_lock)
        {
            var known = Lines.TryGetValue(log, out var l) ? l : Lines[log] = [];
            foreach (var line in lines)
                known.Add(Samples.Line(known.Count, line, line.StartsWith("warning:", StringComparison.Ordinal) ? LogStream.Stderr : LogStream.Stdout));
            var at = Logs.FindIndex(r => r.Id == log);
            Logs[at] = Logs[at] with { LineCount = known.Count, ByteCount = known.Sum(x => x.Bytes.Length + 1L) };
            _grown.Add(log);
        }
        Wake();
    }

    private void Wake()
    {
        var news = Interlocked.Exchange(ref _news, new(TaskCreationOptions.RunContinuationsAsynchronously));
        news.TrySetResult();
    }

    private T Read<T>(Func<T> read)
    {
        lock (_lock)
            return read();
    }

    private Task<T> Answer<T>(Func<T> read) => Task.FromResult(Read(read));

    Task<BuildSummary?> IBuildQueries.Find(long id, CancellationToken cancellation) => Answer(() => Builds.Find(b => b.Id == id));

    Task<BuildSummary?> IBuildQueries.Find(string builder, int number, CancellationToken cancellation) => Answer(() => Builds.Find(b => b.BuilderName == builder && b.Number == number));

    Task<BuildDetail?> IBuildQueries.Detail(long id, CancellationToken cancellation) => Answer(() =>
    {
        DetailReads++;
        if (IsAway)
            throw new InvalidOperationException("The store is away.");
        return Builds.Find(b => b.Id == id) is not { } build ? null : new BuildDetail
        {
            Build = build,
            Steps = StepsOf(id),
            Properties = Properties,
            Changes = [.. Changes.Where(c => c.Revision == build.Revision)],
            SourceStamps = [new() { Id = 1, Codebase = "lib", Branch = build.Branch, Revision = build.Revision }],
            Epoch = 1,
        };
    });

    private IReadOnlyList<StepRecord> StepsOf(long build) =>
        [.. Steps.Where(s => s.BuildId == build).OrderBy(s => s.Number).Select(s => s with { Logs = [.. Logs.Where(l => l.StepId == s.Id)] })];

    Task<Page<BuildSummary>> IBuildQueries.List(BuildFilter filter, CancellationToken cancellation) => Answer(() => new Page<BuildSummary>(
        [.. Builds.Where(b => filter.WorkerId is null || b.WorkerId == filter.WorkerId).Where(b => filter.BuilderId is null || b.BuilderId == filter.BuilderId)
            .Where(b => (filter.Before is null || b.Id < filter.Before) && (filter.Complete is null || b.Complete == filter.Complete) && (filter.Results is null || b.Results == filter.Results))
            .OrderByDescending(b => b.StartedAt).Take(filter.Limit)]));

    private BuilderSummary Whole(BuilderSummary builder)
    {
        var builds = Builds.Where(b => b.BuilderId == builder.Id).OrderByDescending(b => b.Number).ToList();
        var waiting = Requests.Where(r => r.BuilderId == builder.Id && r.ClaimedAt is null && r.CompletedAt is null).ToList();
        return builder with
        {
            Last = builds.Find(b => b.Complete),
            Running = [.. builds.Where(b => !b.Complete)],
            Recent = [.. builds.Where(b => b.Complete).Take(30)],
            Waiting = waiting.Count,
            FirstWaitReason = waiting.FirstOrDefault()?.Waiting?.Text,
        };
    }

    Task<IReadOnlyList<BuilderSummary>> IBuilderQueries.List(CancellationToken cancellation) => Answer<IReadOnlyList<BuilderSummary>>(() => [.. Builders.Select(Whole)]);

    Task<BuilderOverview> IBuilderQueries.Overview(BuilderWish wish, CancellationToken cancellation) => Answer(() =>
    {
        var builders = Builders.Select(Whole).ToDictionary(b => b.Id);
        var (overview, chosen) = BuilderOverview.Choose([.. builders.Values.Select(BuilderHead.Of)], wish, heads => heads);
        return overview with
        {
            Lines = [.. chosen.Select(h => new BuilderLine(builders[h.Id], [.. builders[h.Id].Recent.Select(BuildMark.Of)], h.IsRed ? new RedBuilder(builders[h.Id], builders[h.Id].Last!, Changes.FirstOrDefault(), "test", null) : null))],
        };
    });

    Task<BuilderStatistics> IBuilderQueries.Statistics(long builderId, CancellationToken cancellation) => Answer(() => Statistics);

    Task<BuilderDetail?> IBuilderQueries.Detail(string name, CancellationToken cancellation) => Answer(() => Builders.Find(b => b.Name == name) is not { } builder ? null : new BuilderDetail
    {
        Builder = Whole(builder),
        Queue = [.. Requests.Where(r => r.BuilderId == builder.Id && r.ClaimedAt is null && r.CompletedAt is null)],
        ForceForms = [.. Forms.Where(f => f.Builders.Contains(name))],
        ConfigurationText = "- name: " + name + "\n  steps:\n    - git: lib\n    - run: make\n",
    });

    Task<BuilderSummary?> IBuilderQueries.Find(long id, CancellationToken cancellation) => Answer(() => Builders.Find(b => b.Id == id) is { } b ? Whole(b) : null);

    Task<BuilderSummary?> IBuilderQueries.Find(string name, CancellationToken cancellation) => Answer(() => Builders.Find(b => b.Name == name) is { } b ? Whole(b) : null);

    Task<MyWork> IHomeQueries.Mine(string user, CancellationToken cancellation) => Answer(() => new MyWork([.. Changes], [.. Builds]));

    Task<HomeView> IHomeQueries.Home(CancellationToken cancellation) => Answer(() =>
    {
        var builders = Builders.Select(Whole).ToList();
        return new HomeView
        {
            Builders = builders,
            Red = [.. builders.Where(b => b.Last?.Results == BuildResult.Failure).Select(b => new RedBuilder(b, b.Last!, Changes.Find(c => c.Revision == b.Last!.Revision), "test", b.Recent.FirstOrDefault(r => r.Results == BuildResult.Success)))],
            Running = [.. Builds.Where(b => !b.Complete)],
            Recent = [.. Builds.Where(b => b.Complete).OrderByDescending(b => b.CompletedAt).Take(20)],
            Waiting = Requests.Count(r => r.ClaimedAt is null && r.CompletedAt is null),
            OldestWaitingSince = Requests.Where(r => r.ClaimedAt is null && r.CompletedAt is null).Min(r => (DateTimeOffset?)r.SubmittedAt),
            Attention = Attention,
            Title = "Demo",
        };
    });

    Task<IReadOnlyList<RequestSummary>> IQueueQueries.Waiting(int limit, CancellationToken cancellation) =>
        Answer<IReadOnlyList<RequestSummary>>(() => [.. Requests.Where(r => r.ClaimedAt is null && r.CompletedAt is null).OrderByDescending(r => r.Priority).ThenBy(r => r.SubmittedAt).Take(limit)]);

    Task<QueuePart> IQueueQueries.Part(QueueWish wish, CancellationToken cancellation) => Answer(() =>
    {
        var waiting = Requests.Where(r => r.ClaimedAt is null && r.CompletedAt is null && (wish.Builder is null || r.BuilderName == wish.Builder)).ToList();
        return new QueuePart([.. waiting.Take(wish.Limit)], waiting.Count, 0, [], null);
    });

    Task<Page<BuildsetSummary>> IQueueQueries.Buildsets(BuildsetFilter filter, CancellationToken cancellation) =>
        Answer(() => new Page<BuildsetSummary>([.. Buildsets.Where(b => (filter.Before is null || b.Id < filter.Before) && (filter.Scheduler is null || b.Scheduler == filter.Scheduler)).OrderByDescending(b => b.Id).Take(filter.Limit)]));

    Task<RequestSummary?> IQueueQueries.Request(long id, CancellationToken cancellation) => Answer(() => Requests.Find(r => r.Id == id));

    Task<Page<RequestSummary>> IQueueQueries.Requests(long? builderId, bool? complete, long? before, int limit, CancellationToken cancellation) => Answer(() => new Page<RequestSummary>(Requests));

    Task<Page<BuildsetSummary>> IQueueQueries.Buildsets(bool? complete, long? before, int limit, CancellationToken cancellation) =>
        Answer(() => new Page<BuildsetSummary>([.. Buildsets.Where(b => before is null || b.Id < before).OrderByDescending(b => b.Id).Take(limit)]));

    Task<BuildsetDetail?> IQueueQueries.Buildset(long id, CancellationToken cancellation) =>
        Answer(() => Buildsets.Find(b => b.Id == id) is { } set ? new BuildsetDetail(set, [.. Changes.Where(c => set.SourceStamps.Any(s => s.Revision == c.Revision))], Properties) : null);

    Task<SourceStampRecord?> IQueueQueries.SourceStamp(long id, CancellationToken cancellation) => Task.FromResult<SourceStampRecord?>(null);

    Task<IReadOnlyList<WorkerRecord>> IWorkerQueries.List(CancellationToken cancellation) => Answer<IReadOnlyList<WorkerRecord>>(() => [.. Workers]);

    Task<WorkerRecord?> IWorkerQueries.Find(string name, CancellationToken cancellation) => Answer(() => Workers.Find(w => w.Name == name));

    Task<WorkerRecord?> IWorkerQueries.Find(long id, CancellationToken cancellation) => Answer(() => Workers.Find(w => w.Id == id));

    Task<IReadOnlyList<OutlookDay>> IWorkerQueries.Days(AvailabilityConfiguration rule, CancellationToken cancellation) => Answer<IReadOnlyList<OutlookDay>>(() => Samples.Outlook.Days);

    Task<WorkerOutlook?> IWorkerQueries.Outlook(long id, CancellationToken cancellation) => Answer<WorkerOutlook?>(() => Samples.Outlook);

    Task<IReadOnlyList<OrderRecord>> IOrderQueries.Open(CancellationToken cancellation) => Answer<IReadOnlyList<OrderRecord>>(() => [.. Orders]);

    Task<Page<OrderRecord>> IOrderQueries.List(long? before, int limit, CancellationToken cancellation) => Answer(() => new Page<OrderRecord>([.. Orders]));

    Task<OrderRecord?> IOrderQueries.Find(long id, CancellationToken cancellation) => Answer(() => Orders.Find(o => o.Id == id));

    Task<IReadOnlyList<LockRecord>> ILockQueries.List(CancellationToken cancellation) => Answer<IReadOnlyList<LockRecord>>(() => [.. Locks]);

    Task<IReadOnlyList<SharedDirectoryRecord>> IDirectoryQueries.List(CancellationToken cancellation) => Answer<IReadOnlyList<SharedDirectoryRecord>>(() => [.. Directories]);

    Task<IReadOnlyList<string>> ILockQueries.Standstills(CancellationToken cancellation) => Answer<IReadOnlyList<string>>(() => []);

    Task<IReadOnlyList<MasterRecord>> IMasterQueries.List(CancellationToken cancellation) => Answer<IReadOnlyList<MasterRecord>>(() => [.. Masters]);

    Task<MasterRecord?> IMasterQueries.Find(long id, CancellationToken cancellation) => Answer(() => Masters.Find(m => m.Id == id));

    Task<Page<ChangeRecord>> IChangeQueries.List(string? branch, string? codebase, long? before, int limit, CancellationToken cancellation) => Answer(() => new Page<ChangeRecord>(
        [.. Changes.Where(c => (branch is null || c.Branch == branch) && (codebase is null || c.Codebase == codebase) && (before is null || c.Id < before)).OrderByDescending(c => c.Id).Take(limit)]));

    Task<ChangeDetail?> IChangeQueries.Detail(long id, CancellationToken cancellation) =>
        Answer(() => Changes.Find(c => c.Id == id) is { } change ? new ChangeDetail(change, [.. Buildsets.Where(b => b.SourceStamps.Any(s => s.Revision == change.Revision))]) : null);

    Task<IReadOnlyList<ChangeSourceRecord>> IChangeQueries.Sources(CancellationToken cancellation) => Answer<IReadOnlyList<ChangeSourceRecord>>(() => [.. ChangeSources]);

    Task<IReadOnlyList<SchedulerRecord>> ISchedulerQueries.List(CancellationToken cancellation) => Answer<IReadOnlyList<SchedulerRecord>>(() => [.. Schedulers]);

    Task<SchedulerDetail?> ISchedulerQueries.Detail(string scheduler, CancellationToken cancellation) => Answer(() => Schedulers.Find(s => s.Name == scheduler) is { } found ? new SchedulerDetail { Scheduler = found } : null);

    Task<IReadOnlyList<ForceForm>> ISchedulerQueries.ForceForms(CancellationToken cancellation) => Answer<IReadOnlyList<ForceForm>>(() => [.. Forms]);

    /// <summary>What the configuration is put together of.</summary>
    public List<PartRecord> Parts { get; } = [];

    Task<IReadOnlyList<PartRecord>> IPartQueries.Parts(CancellationToken cancellation) => Answer<IReadOnlyList<PartRecord>>(() => [.. Parts]);

    // Forms are made by the engine; what pages do with them is tested with the real ones.
    IReadOnlyList<FormSection> IThingForms.Sections => [new("builders", "a builder", "How something is built.", [])];

    ThingForm IThingForms.Of(string section, System.Text.Json.JsonElement? value, string? type) => throw new NotSupportedException();

    ThingForm IThingForms.Posted(string section, IReadOnlyDictionary<string, string> fields, string? operation, IReadOnlyList<ThingProblem>? problems) => throw new NotSupportedException();

    (System.Text.Json.JsonElement Value, IReadOnlyList<ThingProblem> Problems) IThingForms.Read(ThingForm form) => throw new NotSupportedException();

    Task<string?> IPartQueries.Export(CancellationToken cancellation) => Answer<string?>(() => null);

    Task<ImpactAnswer> IImpactQueries.Of(IReadOnlyList<ConfigurationPart> parts, ApplyTerms terms, CancellationToken cancellation) => Answer(() => new ImpactAnswer(new(), []));

    Task<ImpactAnswer?> IImpactQueries.OfRevision(long id, ApplyTerms terms, CancellationToken cancellation) => Answer<ImpactAnswer?>(() => new ImpactAnswer(new() { Workers = [new("w9", DifferenceKind.Removed, 2)] }, []));

    Task<ImpactAnswer?> IImpactQueries.Of(ThingEdit edit, CancellationToken cancellation) => Answer<ImpactAnswer?>(() => null);

    Task<ImpactAnswer?> IImpactQueries.Of(TextEdit edit, CancellationToken cancellation) => Task.FromResult<ImpactAnswer?>(null);

    Task<RevisionRecord?> IConfigurationQueries.InForce(CancellationToken cancellation) => Answer(() => Revisions.Find(r => r.State == RevisionState.InForce));

    Task<RevisionRecord?> IConfigurationQueries.Newest(CancellationToken cancellation) => Answer(() => Revisions.MaxBy(r => r.Id));

    Task<RevisionRecord?> IConfigurationQueries.ToCome(CancellationToken cancellation) => Answer(() => Revisions.Find(r => r.IsToCome));

    Task<Page<RevisionRecord>> IConfigurationQueries.List(long? before, int limit, CancellationToken cancellation) =>
        Answer(() => new Page<RevisionRecord>([.. Revisions.OrderByDescending(r => r.Id).Take(limit)]));

    Task<RevisionRecord?> IConfigurationQueries.Find(long id, CancellationToken cancellation) => Answer(() => Revisions.Find(r => r.Id == id));

    Task<long?> IConfigurationQueries.InForceId(CancellationToken cancellation) => Answer(() => Revisions.Find(r => r.State == RevisionState.InForce)?.Id);

    Task<RevisionComparison?> IConfigurationQueries.Compare(long from, long to, CancellationToken cancellation) =>
        Answer(() => Revisions.Find(r => r.Id == from) is { } old && Revisions.Find(r => r.Id == to) is { } current ? new RevisionComparison(old, current, current.Things ?? [], current.Difference ?? "") : null);

    Task<IReadOnlyList<ThingRevision>> IConfigurationQueries.Of(string section, string name, int limit, CancellationToken cancellation) =>
        Answer<IReadOnlyList<ThingRevision>>(() => [.. ThingRevisions.Where(t => t.Difference.Section == section && t.Difference.Name == name).Take(limit)]);

    Task<LogRecord?> ILogQueries.Find(long id, CancellationToken cancellation) => Answer(() => Logs.Find(l => l.Id == id));

    Task<IReadOnlyList<LogRecord>> ILogQueries.OfStep(long stepId, CancellationToken cancellation) => Answer<IReadOnlyList<LogRecord>>(() => [.. Logs.Where(l => l.StepId == stepId)]);

    Task<IReadOnlyList<LogLine>> ILogQueries.Lines(long id, long first, int count, CancellationToken cancellation) =>
        Answer<IReadOnlyList<LogLine>>(() => Lines.TryGetValue(id, out var lines) ? [.. lines.Skip((int)first).Take(count)] : []);

    Task<IReadOnlyList<LogLine>> ILogQueries.Tail(long id, int count, CancellationToken cancellation) =>
        Answer<IReadOnlyList<LogLine>>(() => Lines.TryGetValue(id, out var lines) ? [.. lines.TakeLast(count)] : []);

    Task<IReadOnlyList<LogRecord>> ILogQueries.OfBuild(long buildId, CancellationToken cancellation) => Answer<IReadOnlyList<LogRecord>>(() => [.. Logs.Where(l => l.BuildId == buildId)]);

    Task<LogPart> ILogQueries.Part(long id, long first, int count, CancellationToken cancellation) => Answer(() =>
    {
        var lines = Lines.TryGetValue(id, out var l) ? l : [];
        var from = (int)Math.Max(0, first);
        return new LogPart(lines.Take(from).Aggregate(AnsiStyle.Plain, (style, line) => AnsiSequence.After(style, line.Bytes.Span)), [.. lines.Skip(from).Take(count)]);
    });

    Task<LogOutline> ILogQueries.Outline(long id, CancellationToken cancellation) => Answer(() => LogOutline.Empty);

    Task<LogHits> ILogSearch.Search(long id, LogQuestion question, CancellationToken cancellation) => Answer(() => new LogHits { Hits = [], Count = 0, Next = null });

    async IAsyncEnumerable<ReadOnlyMemory<byte>> ILogQueries.Raw(long id, [EnumeratorCancellation] CancellationToken cancellation)
    {
        await Task.Yield();
        foreach (var line in Read(() => Lines.TryGetValue(id, out var l) ? l.ToArray() : []))
            yield return Encoding.UTF8.GetBytes(line.Text + "\n");
    }

    Task<StepRecord?> IStepQueries.Find(long id, CancellationToken cancellation) => Answer(() => Steps.Find(s => s.Id == id));

    Task<IReadOnlyList<StepOutput>?> IStepQueries.Outputs(long buildId, CancellationToken cancellation) => Answer<IReadOnlyList<StepOutput>?>(() => []);

    Task<IReadOnlyList<StepRecord>> IStepQueries.OfBuild(long buildId, CancellationToken cancellation) => Answer(() => StepsOf(buildId));

    Task<long> IEventFeed.Latest(CancellationToken cancellation)
    {
        var latest = Answer(() => (long)Happened.Count);
        Asked.TrySetResult();
        return latest;
    }

    Task<(long Oldest, long Latest)> IEventFeed.Kept(CancellationToken cancellation) => Answer(() => (1L, (long)Happened.Count));

    Task<IReadOnlyList<WeirEvent>> IEventFeed.After(long after, int limit, CancellationToken cancellation) =>
        Answer<IReadOnlyList<WeirEvent>>(() => [.. Happened.Where(e => e.Number > after).Take(limit)]);

    async Task<bool> IEventFeed.WaitForNews(CancellationToken cancellation)
    {
        await Task.WhenAny(_news.Task, Task.Delay(500, cancellation));
        return true;
    }

    IReadOnlyCollection<long> IEventFeed.TakeGrownLogs() => Read<IReadOnlyCollection<long>>(() =>
    {
        long[] grown = [.. _grown];
        _grown.Clear();
        return grown;
    });
}
