using Weir.App.Client.Parts;
using Weir.Shared.Queue;

namespace Weir.App.Client.Buildsets;

/// <summary>Which state a request or a buildset shows. A buildset is red as soon as one of its builds is, not only at its end.</summary>
public static class BuildsetState
{
    public static Shown Of(RequestSummary request) =>
        request.Results is { } result ? ShownStates.Of(result)
        : request.Builds.Count > 0 ? ShownStates.Of(request.Builds[^1]) is var state && state == Shown.Retry ? Shown.Waiting : state
        : request.ClaimedAt is null ? Shown.Waiting
        : Shown.Running;

    public static Shown Of(BuildsetSummary set)
    {
        if (set.Results is { } result)
            return ShownStates.Of(result);
        var states = set.Requests.Select(Of).ToList();
        return states.Find(s => s.IsBad()) is var bad && bad.IsBad() ? bad : states.Contains(Shown.Running) || states.Exists(s => s == Shown.Success) ? Shown.Running : Shown.Waiting;
    }
}
