namespace Weir.Engine.Queue;

/// <summary>
/// The order in which requests are served: priority first; among equals the project that uses less of its share; then age. A share is what a project has running, divided by its weight, and it counts what was started a
/// moment ago. Who has waited for longer than its project allows counts for one class of priority more, and one more each time as long again.
/// Beyond the highest class it is age alone that counts: nobody starves, whatever keeps coming.
/// </summary>
internal sealed class FairOrder
{
    private readonly record struct Key(int Class, double Share, DateTimeOffset SubmittedAt, long Id) : IComparable<Key>
    {
        public int CompareTo(Key other) => (-Class, Share, SubmittedAt, Id).CompareTo((-other.Class, other.Share, other.SubmittedAt, other.Id));
    }

    private readonly Dictionary<long, DispatchBuilder> builders;
    private readonly Dictionary<string, double> running;
    private readonly int overdue;
    private readonly PriorityQueue<Queue<(WaitingRequest Request, int Class)>, Key> heads = new();

    public FairOrder(DispatchState state, Dictionary<long, DispatchBuilder> builders)
    {
        this.builders = builders;
        running = state.Running.ToDictionary(r => r.Key, r => (double)r.Value);
        int[] classes = [.. state.Requests.Select(r => r.Priority).Distinct().Order()];
        overdue = classes.Length;
        foreach (var its in state.Requests.GroupBy(r => r.BuilderId))
            Push(new(its.Select(r => (Request: r, Class: Class(r))).OrderByDescending(r => r.Class).ThenBy(r => r.Request.SubmittedAt).ThenBy(r => r.Request.Id)));

        int Class(WaitingRequest request)
        {
            var place = Array.BinarySearch(classes, request.Priority);
            var patience = builders.GetValueOrDefault(request.BuilderId)?.MaxWait;
            return patience is { } most && most > TimeSpan.Zero ? (int)Math.Min(overdue, place + Math.Max(0, Math.Floor((state.Now - request.SubmittedAt) / most))) : place;
        }
    }

    /// <summary>The next in order; null: that was the last.</summary>
    public WaitingRequest? Next()
    {
        while (heads.TryDequeue(out var its, out var key))
        {
            // Its project has got something since it was put in line.
            if (Share(its.Peek()) > key.Share)
            {
                Push(its);
                continue;
            }
            var (request, _) = its.Dequeue();
            if (its.Count > 0)
                Push(its);
            return request;
        }
        return null;
    }

    /// <summary>One more of its project runs.</summary>
    public void Started(WaitingRequest request) => running[Project(request)] = running.GetValueOrDefault(Project(request)) + 1;

    private void Push(Queue<(WaitingRequest Request, int Class)> its)
    {
        var (first, rank) = its.Peek();
        heads.Enqueue(its, new(rank, Share(its.Peek()), first.SubmittedAt, first.Id));
    }

    private double Share((WaitingRequest Request, int Class) its) => its.Class == overdue ? 0 : Share(its.Request);

    private double Share(WaitingRequest request) => running.GetValueOrDefault(Project(request)) / (builders.GetValueOrDefault(request.BuilderId)?.Weight ?? 1);

    private string Project(WaitingRequest request) => builders.GetValueOrDefault(request.BuilderId)?.Project ?? "";
}
