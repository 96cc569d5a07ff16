using System.Globalization;
using System.Text;
using Weir.App.Client.Frame;
using Weir.App.Client.Waterfall;
using Weir.Shared.Builds;
using Weir.Shared.Changes;
using Weir.Shared.Events;
using Weir.Shared.Queue;

namespace Weir.App.Server.Live;

/// <summary>What happened on the waterfall since it was last told: single blocks, headers, waiting chips and changes, with times and without pixels.</summary>
internal sealed class WaterfallNews(FragmentRenderer renderer, IBuilderQueries builders, IQueueQueries queue, IChangeQueries changes)
{
    // More than that is quicker told by the page asking for itself again.
    private const int MostBlocks = 200;
    private const int MostWaiting = 500;
    private const int FewHeaders = 8;

    private readonly HashSet<long> _builds = [];
    private readonly HashSet<long> _builders = [];
    private readonly HashSet<long> _changes = [];
    private bool _allHeaders;
    private bool _everything;

    // Events are noted by their reader while the fragments are made.
    private readonly Lock _lock = new();

    public void Add(WeirEvent e)
    {
        lock (_lock)
            Note(e);
    }

    /// <summary>Something was lost on the way: the page asks for itself again.</summary>
    public void AddEverything()
    {
        lock (_lock)
            _everything = true;
    }

    private void Note(WeirEvent e)
    {
        if (e.Kind == EventKind.ConfigurationChanged)
            _everything = true;
        if (e.Kind == EventKind.WorkerChanged)
            _allHeaders = true;
        if (e.BuildId is { } build)
            _builds.Add(build);
        if (e.BuilderId is { } builder)
            _builders.Add(builder);
        if (e.ChangeId is { } change && e.Kind == EventKind.ChangeAdded)
            _changes.Add(change);
    }

    private void Clear()
    {
        _builds.Clear();
        _builders.Clear();
        _changes.Clear();
        _allHeaders = _everything = false;
    }

    /// <summary>The fragments; null when the page should rather ask for itself again.</summary>
    public async Task<string?> Take(Moment moment, CancellationToken cancellation)
    {
        long[] builds, marks;
        HashSet<long> touched;
        bool all, everything;
        lock (_lock)
        {
            (builds, touched, marks, all, everything) = ([.. _builds], [.. _builders], [.. _changes], _allHeaders, _everything);
            Clear();
        }
        if (everything || builds.Length > MostBlocks)
            return null;
        var html = new StringBuilder();
        foreach (var id in builds)
        {
            if (await builders.Block(id, cancellation) is not { } block)
                continue;
            touched.Add(block.Build.BuilderId);
            var inner = await renderer.Render<WaterfallBlockView>(new() { ["Block"] = block, ["Event"] = moment.Event, ["Now"] = moment.Now, ["IsPlaced"] = false });
            html.Append(CultureInfo.InvariantCulture, $"<turbo-stream action=\"wf-block\" builder=\"{block.Build.BuilderId}\"><template>{inner}</template></turbo-stream>");
        }
        foreach (var id in marks)
        {
            if (await changes.Detail(id, cancellation) is { } detail)
                html.Append(CultureInfo.InvariantCulture, $"<turbo-stream action=\"wf-change\"><template>{await renderer.Render<WaterfallChange>(new() { ["Change"] = detail.Change })}</template></turbo-stream>");
        }
        await Headers(html, touched, all, cancellation);
        return html.ToString();
    }

    private async Task Headers(StringBuilder html, HashSet<long> touched, bool all, CancellationToken cancellation)
    {
        if (touched.Count == 0 && !all)
            return;
        var shown = all || touched.Count > FewHeaders ? (await builders.List(cancellation)).Where(b => all || touched.Contains(b.Id)).ToList() : await Find(touched, cancellation);
        var waiting = (await queue.Waiting(MostWaiting, cancellation)).ToLookup(r => r.BuilderId);
        foreach (var builder in shown)
        {
            html.Append(await renderer.Replace<WaterfallHeader>($"wf-head-{builder.Id}", new() { ["Builder"] = builder }));
            html.Append(await renderer.Replace<WaterfallWaiting>($"wf-wait-{builder.Id}", new() { ["BuilderId"] = builder.Id, ["Requests"] = waiting[builder.Id].ToArray() }));
        }
    }

    private async Task<List<BuilderSummary>> Find(HashSet<long> ids, CancellationToken cancellation)
    {
        var found = new List<BuilderSummary>();
        foreach (var id in ids)
        {
            if (await builders.Find(id, cancellation) is { } builder)
                found.Add(builder);
        }
        return found;
    }
}
