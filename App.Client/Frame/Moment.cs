namespace Weir.App.Client.Frame;

/// <summary>When something was rendered: at which event (read before its data, so nothing falls between), and the store's time, from which ages and durations count.</summary>
public sealed record Moment(long Event, DateTimeOffset Now);
