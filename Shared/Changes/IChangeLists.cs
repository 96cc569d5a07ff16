namespace Weir.Shared.Changes;

/// <summary>One change with its source stamp, which is there as soon as something was to be built from it.</summary>
public sealed record ListedChange(ChangeRecord Change, SourceStampRecord? SourceStamp);

/// <summary>Lists changes by any of their fields in bounded work, for scripts.</summary>
public interface IChangeLists
{
    /// <param name="query">Besides the fields of REST it understands <c>buildid</c> (the changes a build was made for), <c>buildsetid</c> and <c>ssid</c> (those that a source stamp names).</param>
    /// <param name="cancellation">Ends the reading.</param>
    Task<ListAnswer<ListedChange>> Changes(ListQuery query, CancellationToken cancellation);
}
