using System.Diagnostics;
using Weir.Shared.Builds;
using Weir.Shared.Steps;
using Weir.Shared.Workers;

namespace Weir.App.Client.Parts;

/// <summary>The ten states that have a colour, an icon, a letter and a word of their own.</summary>
public enum Shown
{
    Success,
    Warnings,
    Failure,
    Skipped,
    Exception,
    Retry,
    Cancelled,
    Waiting,
    Running,
    Offline,
}

/// <summary>How each state looks, and which state a record is in.</summary>
public static class ShownStates
{
    public static string Word(this Shown state) => state switch
    {
        Shown.Success => "success",
        Shown.Warnings => "warnings",
        Shown.Failure => "failure",
        Shown.Skipped => "skipped",
        Shown.Exception => "exception",
        Shown.Retry => "retry",
        Shown.Cancelled => "cancelled",
        Shown.Waiting => "waiting",
        Shown.Running => "running",
        Shown.Offline => "offline",
        _ => throw new UnreachableException(),
    };

    /// <summary>The class of <c>tokens.css</c>.</summary>
    public static string Class(this Shown state) => "is-" + state.Word();

    public static string Icon(this Shown state) => state switch
    {
        Shown.Success => "circle-check",
        Shown.Warnings => "triangle-alert",
        Shown.Failure => "circle-x",
        Shown.Skipped => "skip-forward",
        Shown.Exception => "zap",
        Shown.Retry => "rotate-ccw",
        Shown.Cancelled => "ban",
        Shown.Waiting => "hourglass",
        Shown.Running => "loader-circle",
        Shown.Offline => "unplug",
        _ => throw new UnreachableException(),
    };

    public static Shown Of(BuildResult result) => result switch
    {
        BuildResult.Success => Shown.Success,
        BuildResult.Warnings => Shown.Warnings,
        BuildResult.Failure => Shown.Failure,
        BuildResult.Skipped => Shown.Skipped,
        BuildResult.Exception => Shown.Exception,
        BuildResult.Retry => Shown.Retry,
        BuildResult.Cancelled => Shown.Cancelled,
        _ => Shown.Exception,
    };

    public static Shown Of(BuildSummary build) => build.Results is { } result ? Of(result) : build.Complete ? Shown.Exception : Shown.Running;

    public static Shown Of(StepRecord step) =>
        step.Results is { } result ? Of(result) : step.StartedAt is null ? Shown.Waiting : step.CompletedAt is null ? Shown.Running : Shown.Exception;

    /// <summary>What asks for a person: red on the home page, open on the build's page.</summary>
    public static bool IsBad(this Shown state) => state is Shown.Failure or Shown.Exception;

    public static string Word(this WorkerState state) => state switch
    {
        WorkerState.Available => "available",
        WorkerState.Away => "away",
        WorkerState.Paused => "paused",
        WorkerState.Stopping => "stopping",
        WorkerState.Missing => "missing",
        _ => "unknown",
    };

    public static string Icon(this WorkerState state) => state switch
    {
        WorkerState.Available => "plug",
        WorkerState.Away => "moon",
        WorkerState.Paused => "circle-pause",
        WorkerState.Stopping => "log-out",
        _ => "unplug",
    };

    public static Shown Of(WorkerState state) => state switch
    {
        WorkerState.Available => Shown.Success,
        WorkerState.Paused or WorkerState.Stopping => Shown.Warnings,
        WorkerState.Away => Shown.Skipped,
        _ => Shown.Offline,
    };
}
