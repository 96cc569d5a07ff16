using System.Text.Json.Nodes;
using Weir.Shared.Builds;
using Weir.Shared.Workers;

namespace Weir.App.Server.Api;

/// <summary><c>/builders</c>, by number or by name, also below masters, projects and workers; <c>/projects</c> and <c>/codebases</c>.</summary>
internal static class BuildersApi
{
    private static readonly Resource<ListedBuilder> Builders = new Resource<ListedBuilder>("builders", "builder")
        .Number("builderid", b => b.Id, "The number of this builder.")
        .Text("name", b => b.Name, "Its name.")
        .Text("description", b => b.Description, "What it is for.")
        .Text("description_format", _ => null, "Always null: descriptions are plain text.")
        .Text("description_html", _ => null, "Always null: descriptions are plain text.")
        .Number("projectid", b => b.ProjectId, "The number of its project.")
        .Text("project", b => b.Project, "The name of its project.")
        .Json("masterids", b => b.MasterIds, "The masters that may run it.")
        .Texts("tags", b => b.Tags, "Its tags.")
        .Truth("retired", b => b.RetiredAt is not null, "Whether it is no longer in the configuration.")
        .Truth("paused", b => b.Pause is not null, "Whether nothing of it is begun: it, its project or everything is paused.")
        .Text("paused_by", b => b.Pause?.By, "Who paused it.")
        .Text("pause_reason", b => b.Pause?.Reason, "Why.")
        .Time("paused_until", b => b.Pause?.Until, "When the pause ends by itself.")
        .Number("queue", b => b.Waiting, "How many requests wait for it.")
        .Text("wait_reason", b => b.FirstWaitReason, "Why the first of them waits.")
        .Number("running", b => b.Running, "How many of its builds run.")
        .Json("workers", b => new JsonObject { ["available"] = b.Workers.Available, ["away"] = b.Workers.Away, ["paused"] = b.Workers.Paused, ["missing"] = b.Workers.Missing }, "How many of its workers are in which state.")
        .Number("last_build", b => b.LastBuild, "The number of the build that ended last.")
        .Number("last_result", b => (int?)b.LastResult, "Its result.");

    private static readonly Resource<ProjectRecord> Projects = new Resource<ProjectRecord>("projects", "project")
        .Number("projectid", p => p.Id, "The number of this project.")
        .Text("name", p => p.Name, "Its name.")
        .Text("slug", p => p.Name, "The name, as it stands in addresses.")
        .Text("title", p => p.Title, "Its title.")
        .Text("description", p => p.Description, "What it is.")
        .Text("description_format", _ => null, "Always null: descriptions are plain text.")
        .Text("description_html", _ => null, "Always null: descriptions are plain text.")
        .Text("url", p => p.Url, "Where it is at home.")
        .Truth("active", p => p.Active, "Whether it is in the configuration.");

    private static readonly Resource<CodebaseRecord> Codebases = new Resource<CodebaseRecord>("codebases", "codebase")
        .Number("codebaseid", c => c.Id, "The number of this codebase.")
        .Text("name", c => c.Name, "Its name.")
        .Text("slug", c => c.Name, "The name, as it stands in addresses.")
        .Number("projectid", c => c.ProjectId, "The number of its project.")
        .Text("repository", c => c.Repository, "Where it comes from.")
        .Text("branch", c => c.Branch, "The branch that is built when none is named.");

    public static void MapBuilders(this RouteGroupBuilder api)
    {
        api.MapMethods("/builders", Routes.Reading, async (IBuilderLists builders, HttpRequest request, CancellationToken cancellation) =>
            Builders.List(await builders.Builders(cancellation), request)).Reads(1, "All builders, in the order of the configuration").ListsAll(Builders);
        api.MapMethods("/builders/{builder}", Routes.Reading, async (string builder, IBuilderLists builders, HttpRequest request, CancellationToken cancellation) =>
            Builders.One(await builders.Find(builder, cancellation), $"builder {builder}", request)).Reads(1, "One builder").ShowsOne(Builders);
        api.MapMethods("/masters/{id:long}/builders", Routes.Reading, async (long id, IBuilderLists builders, HttpRequest request, CancellationToken cancellation) =>
            Builders.List((await builders.Builders(cancellation)).Where(b => b.MasterIds.Contains(id)), request)).Reads(1, "The builders that a master may run").ListsAll(Builders);
        api.MapMethods("/masters/{id:long}/builders/{builder}", Routes.Reading, async (long id, string builder, IBuilderLists builders, HttpRequest request, CancellationToken cancellation) =>
            Builders.One(await builders.Find(builder, cancellation) is { } found && found.MasterIds.Contains(id) ? found : null, $"builder {builder} of master {id}", request)).Reads(1, "One of the builders that a master may run").ShowsOne(Builders);
        api.MapMethods("/workers/{worker}/builders", Routes.Reading, async (string worker, IWorkerQueries workers, IBuilderLists builders, HttpRequest request, CancellationToken cancellation) =>
            await workers.Named(worker, cancellation) is { } found
                ? Builders.List((await builders.Builders(cancellation)).Where(b => b.WorkerIds.Contains(found.Id)), request)
                : Problems.NotFound($"worker {worker}")).Reads(2, "The builders for which a worker works").ListsAll(Builders);
        api.MapMethods("/projects", Routes.Reading, async (IBuilderLists builders, HttpRequest request, CancellationToken cancellation) => Projects.List(await builders.Projects(cancellation), request)).Reads(1, "All projects").ListsAll(Projects);
        api.MapMethods("/projects/{project}", Routes.Reading, async (string project, IBuilderLists builders, HttpRequest request, CancellationToken cancellation) =>
            Projects.One(Named(await builders.Projects(cancellation), project), $"project {project}", request)).Reads(1, "One project").ShowsOne(Projects);
        api.MapMethods("/projects/{project}/builders", Routes.Reading, async (string project, IBuilderLists builders, HttpRequest request, CancellationToken cancellation) =>
            Named(await builders.Projects(cancellation), project) is { } found
                ? Builders.List((await builders.Builders(cancellation)).Where(b => b.Project == found.Name), request)
                : Problems.NotFound($"project {project}")).Reads(2, "The builders of a project").ListsAll(Builders);
        api.MapMethods("/codebases", Routes.Reading, async (IBuilderLists builders, HttpRequest request, CancellationToken cancellation) => Codebases.List(await builders.Codebases(cancellation), request)).Reads(1, "All codebases").ListsAll(Codebases);
        api.MapMethods("/codebases/{codebase}", Routes.Reading, async (string codebase, IBuilderLists builders, HttpRequest request, CancellationToken cancellation) =>
        {
            var all = await builders.Codebases(cancellation);
            return Codebases.One(all.FirstOrDefault(c => Rest.IsNumber(codebase, c.Id)) ?? all.FirstOrDefault(c => c.Name == codebase), $"codebase {codebase}", request);
        }).Reads(1, "One codebase").ShowsOne(Codebases);
    }

    private static ProjectRecord? Named(IReadOnlyList<ProjectRecord> all, string given) => all.FirstOrDefault(p => Rest.IsNumber(given, p.Id)) ?? all.FirstOrDefault(p => p.Name == given);
}
