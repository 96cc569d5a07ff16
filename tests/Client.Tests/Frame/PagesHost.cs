using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Weir.App.Client;
using Weir.App.Client.Builders;
using Weir.App.Client.Configuration;
using Weir.App.Client.SignIn;
using Weir.Shared;
using Weir.Shared.Builds;
using Weir.Shared.Changes;
using Weir.Shared.Configuration;
using Weir.Shared.Events;
using Weir.Shared.Locks;
using Weir.Shared.Logs;
using Weir.Shared.Masters;
using Weir.Shared.Orders;
using Weir.Shared.Pauses;
using Weir.Shared.Queue;
using Weir.Shared.Schedulers;
using Weir.Shared.Steps;
using Weir.Shared.Workers;

namespace Weir.Client.Tests.Frame;

/// <summary>The pages over a store in memory, on a port of this machine: what a browser without script gets.</summary>
public sealed class PagesHost : IAsyncLifetime, ISignIn, IForceDoor, IRestoreDoor
{
    private WebApplication _app = null!;

    public SampleStore Store { get; } = new();
    public HttpClient Browser { get; private set; } = null!;
    public ForceOrder? Ordered { get; private set; }
    public ActionOutcome Outcome { get; set; } = new ActionOutcome.Done();

    public async ValueTask InitializeAsync()
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { ApplicationName = typeof(PagesHost).Assembly.GetName().Name });
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        builder.Services.AddRazorComponents();
        builder.Services.AddCascadingAuthenticationState().AddAuthorization().AddAuthentication("none").AddCookie("none");
        foreach (var query in new[] { typeof(IHomeQueries), typeof(IBuilderQueries), typeof(IWaterfallQueries), typeof(IBuildQueries), typeof(ILogQueries), typeof(ILogSearch), typeof(IStepQueries), typeof(IQueueQueries), typeof(ILockQueries), typeof(IDirectoryQueries), typeof(IPauseQueries), typeof(IWorkerQueries), typeof(IMasterQueries), typeof(IOrderQueries), typeof(IChangeQueries), typeof(ISchedulerQueries), typeof(IConfigurationQueries), typeof(IPartQueries), typeof(IImpactQueries), typeof(IThingForms), typeof(IEventFeed), typeof(TimeProvider) })
            builder.Services.AddSingleton(query, Store);
        builder.Services.AddSingleton<ISignIn>(this).AddSingleton<IForceDoor>(this).AddSingleton<IRestoreDoor>(this);
        _app = builder.Build();
        _app.UseStatusCodePagesWithReExecute("/not-found", createScopeForStatusCodePages: true);
        _app.UseAuthentication();
        _app.UseAuthorization();
        _app.UseAntiforgery();
        _app.MapRazorComponents<Root>();
        await _app.StartAsync();
        Browser = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false }) { BaseAddress = new Uri(_app.Urls.First()) };
        Fill();
    }

    private void Fill()
    {
        Store.Builders.Add(Samples.Builder());
        Store.Builds.Add(Samples.Build(7));
        Store.Builds.Add(Samples.Build(8, null));
        Store.Steps.Add(Samples.Step(0, "test") with { BuildId = 107 });
        Store.Logs.Add(Samples.Log(50, 0) with { StepId = 70, BuildId = 107 });
        Store.Append(50, [.. Enumerable.Range(1, 1200).Select(i => $"line {i}")]);
        Store.Requests.Add(Samples.Request());
        Store.Buildsets.Add(new() { Id = 301, Reason = "commit", SubmittedAt = Samples.Now, SourceStamps = [], Requests = [Samples.Request()] });
        Store.Workers.Add(Samples.Worker());
        Store.Masters.Add(Samples.Master());
        Store.Changes.Add(Samples.Change());
        Store.Schedulers.Add(new() { Id = 1, Name = "nightly", Kind = "periodic", Enabled = true });
        Store.Revisions.Add(new() { Id = 3, Hash = "aa", Author = "ann", CreatedAt = Samples.Now, Reason = "first", State = RevisionState.InForce, Parts = [new("weir.yaml", "title: x\n")], Difference = "--- weir.yaml\n+title: x\n", ParentId = 2, Summary = "builder linux changed", Things = [Samples.Difference()] });
        Store.Revisions.Add(new() { Id = 2, Hash = "bb", Author = "ann", CreatedAt = Samples.Now, Reason = "nought", State = RevisionState.Superseded, Parts = [new("weir.yaml", "title: y\n")], Difference = "--- weir.yaml\n+title: y\n", Things = [Samples.Difference()] });
        Store.ThingRevisions.Add(new(3, "ann", Samples.Now, "first", Samples.Difference()));
        Store.Statistics = new() { Builds = 9, Good = 7, Bad = 1, Median = TimeSpan.FromMinutes(3), NineInTen = TimeSpan.FromMinutes(4), WaitMedian = TimeSpan.FromSeconds(4), WaitNineInTen = TimeSpan.FromSeconds(9), Days = [new(new(2026, 11, 20), 7, 1, 1, TimeSpan.FromMinutes(3))] };
        Store.Forms.Add(new() { Scheduler = "force", Label = "Force", Builders = ["linux"], Codebases = ["lib"], Parameters = [new() { Name = "jobs", Kind = "int" }, new() { Name = "note", Kind = "text", Required = true }, new() { Name = "clean", Kind = "boolean" }] });
    }

    public async ValueTask DisposeAsync()
    {
        Browser.Dispose();
        await _app.DisposeAsync();
    }

    Task<SignInOutcome> ISignIn.SignIn(HttpContext http, string name, string password, CancellationToken cancellation) =>
        Task.FromResult(password == "right" ? new SignInOutcome(true) : new SignInOutcome(false, "Name or password is wrong."));

    Task<(ActionOutcome Outcome, ApplyResult? Result)> IRestoreDoor.Restore(HttpContext http, long revision, string? reason, ApplyTerms terms, CancellationToken cancellation) =>
        Task.FromResult((Outcome, Outcome is ActionOutcome.Done ? new ApplyResult(false, null, false, [new("weir.yaml", 1, 1, "", "There is no key titel here.")]) : null));

    Task<(ActionOutcome Outcome, ForceResult? Result)> IForceDoor.Force(HttpContext http, ForceOrder order, CancellationToken cancellation)
    {
        Ordered = order;
        return Task.FromResult((Outcome, Outcome is ActionOutcome.Done ? new ForceResult(301, new Dictionary<long, long>()) : null));
    }
}
