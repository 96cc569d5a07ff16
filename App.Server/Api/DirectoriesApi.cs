using Weir.Shared.Identity;
using Weir.Shared.Locks;

namespace Weir.App.Server.Api;

/// <summary><c>/shareddirectories</c>: which worker has which, and the action move.</summary>
internal static class DirectoriesApi
{
    private static readonly Resource<SharedDirectoryRecord> Directories = new Resource<SharedDirectoryRecord>("shareddirectories", "shareddirectory")
        .Text("name", d => d.Name, "Its name.")
        .Text("description", d => d.Description, "A sentence about it.")
        .Text("worker", d => d.Worker, "The worker that has it; null: none yet, the first build decides.")
        .Time("since", d => d.Since, "Since when it is there.")
        .Text("moved_by", d => d.MovedBy, "Who moved it there; null: a build was the first.")
        .Number("bytes", d => d.Bytes, "Its size, when the worker measured it last; null: the worker has said nothing of it.")
        .Text("writer", d => d.Writer, "The build that wrote into it last.")
        .Time("written_at", d => d.WrittenAt, "When that was.")
        .Json("well", d => d.Well, "Whether that ended well, or goes on; null: nothing was written.")
        .Texts("builders", d => d.Builders, "The builders that use it.")
        .Texts("possible_workers", d => d.Possible, "Other workers that all of its builders may use: to these it can be moved.")
        .Texts("together", d => d.Together, "Directories that must be on the same worker, since a builder uses them together.");

    public static void MapDirectories(this RouteGroupBuilder api)
    {
        api.MapMethods("/shareddirectories", Routes.Reading, async (IDirectoryQueries directories, HttpRequest request, CancellationToken cancellation) => Directories.List(await directories.List(cancellation), request)).Reads(2, "All shared directories").ListsAll(Directories);
        api.MapMethods("/shareddirectories/{name}", Routes.Reading, async (string name, IDirectoryQueries directories, HttpRequest request, CancellationToken cancellation) =>
            Directories.One((await directories.List(cancellation)).FirstOrDefault(d => d.Name == name), $"shared directory {name}", request)).Reads(2, "One shared directory").ShowsOne(Directories);
        api.MapControl("/shareddirectories/{name}", new Control("move", Right.Admin, Move));
    }

    private static async Task<Reply> Move(Call call)
    {
        var (worker, reason) = (call.Arguments.Text("worker", required: true), call.Arguments.Text("reason"));
        return call.Refuses(out var refusal) ? refusal : await Reply.Of(call.Get<IDirectoryActions>().Move(call.Route("name"), worker!, reason, call.By, call.Cancellation));
    }
}
