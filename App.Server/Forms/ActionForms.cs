using System.Globalization;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Mvc;
using Weir.App.Client;
using Weir.App.Client.Configuration;
using Weir.App.Client.Pauses;
using Weir.App.Server.Api;
using Weir.App.Server.Identity;
using Weir.Shared;
using Weir.Shared.Builds;
using Weir.Shared.Changes;
using Weir.Shared.Configuration;
using Weir.Shared.Identity;
using Weir.Shared.Locks;
using Weir.Shared.Masters;
using Weir.Shared.Pauses;
using Weir.Shared.Queue;
using Weir.Shared.Schedulers;

namespace Weir.App.Server.Forms;

/// <summary>What the buttons of pages post to. Each checks the form's token and the right, asks for the action, and leads back to where the button was.</summary>
internal static class ActionForms
{
    private const int LongestReason = 2000;

    public static void MapActionForms(this WebApplication app)
    {
        var forms = app.MapGroup("").DisableAntiforgery().ExcludeFromDescription();
        forms.AddEndpointFilter(RefuseForged);

        forms.MapPost("/builds/{id:long}/stop", (long id, Form form, IBuildActions builds) =>
            form.Answer(builds.Stop(id, form.Reason, form.By, form.Cancellation), Urls.Home)).Needs(Right.Stop);
        forms.MapPost("/builds/{id:long}/rebuild", async (long id, Form form, IBuildActions builds, IQueueQueries queue) =>
            await form.Answer(builds.Rebuild(id, form.Reason, form.By, form.Cancellation), Urls.Home, async request => await queue.Request(request, form.Cancellation) is { } made ? Urls.Buildset(made.BuildsetId) : Urls.Queue)).Needs(Right.Force);
        forms.MapPost("/requests/{id:long}/cancel", (long id, Form form, IQueueActions queue) =>
            form.Answer(queue.Cancel(id, form.Reason, form.By, form.Cancellation), Urls.Queue)).Needs(Right.Stop);
        forms.MapPost("/requests/{id:long}/priority", (long id, Form form, IQueueActions queue) =>
            form.Number("priority") is { } priority
                ? form.Answer(queue.SetPriority(id, priority, form.By, form.Cancellation), Urls.Queue)
                : form.Answer(Task.FromResult<ActionOutcome>(new ActionOutcome.Invalid([new("priority", "A whole number is expected.")])), Urls.Queue)).Needs(Right.Admin);
        forms.MapPost("/requests/{id:long}/move-up", (long id, Form form, IQueueActions queue) =>
            form.Answer(queue.MoveUp(id, form.Reason, form.By, form.Cancellation), Urls.Queue)).Needs(Right.Admin);
        forms.MapPost("/secrets/{name}/remove", (string name, Form form, ISecretStore secrets) =>
            form.Answer(secrets.Remove(name, form.Reason, form.By, form.Cancellation), Urls.Secrets)).Needs(Right.Admin);
        forms.MapPost("/configuration/{id:long}/cancel", async (long id, Form form, IRevisionToCome revisions) =>
            await form.Answer(Task.FromResult((await revisions.Cancel(id, form.Reason, form.By, form.Cancellation)).Outcome), Urls.Configuration)).Needs(Right.Configure);
        forms.MapPost("/configuration/{id:long}/enforce", async (long id, Form form, IRevisionToCome revisions) =>
            await form.Answer(Task.FromResult((await revisions.Enforce(id, form.Reason, form.By, form.Cancellation)).Outcome), Urls.Revision(id))).Needs(Right.Configure);
        forms.MapPost("/buildsets/{id:long}/cancel", (long id, Form form, IQueueActions queue) =>
            form.Answer(queue.CancelBuildset(id, form.Reason, form.By, form.Cancellation), Urls.Buildset(id))).Needs(Right.Stop);
        foreach (var (path, kind, page) in new (string, PauseKind, Func<string, string>)[] { ("workers", PauseKind.Worker, Urls.Worker), ("builders", PauseKind.Builder, Urls.Builder), ("schedulers", PauseKind.Scheduler, Urls.Scheduler) })
        {
            forms.MapPost($"/{path}/{{name}}/pause", (string name, Form form, IPauseActions pauses) =>
                form.Answer(pauses.Begin(new([new(kind, name)], form.Reason), form.By, form.Cancellation), page(name))).Needs(Right.Admin);
            forms.MapPost($"/{path}/{{name}}/resume", (string name, Form form, IPauseActions pauses) =>
                form.Answer(pauses.End([new(kind, name)], form.By, form.Cancellation), page(name))).Needs(Right.Admin);
        }
        forms.MapPost(Urls.CheckText, TextDoor.Check).Needs(Right.Configure).WithMetadata(new RequestSizeLimitAttribute(FormLimits.Largest));
        forms.MapPost(Urls.BeginPause, (Form form, IPauseActions pauses, TimeProvider clock) =>
        {
            var draft = PauseDraft.Of(form.Fields[PauseDraft.WhatField], form.Reason, form.Fields[PauseDraft.SpanField]);
            return form.Answer(draft.Problems.Count > 0 ? Task.FromResult<ActionOutcome>(new ActionOutcome.Invalid(draft.Problems)) : pauses.Begin(draft.Begin(clock.GetUtcNow()), form.By, form.Cancellation), Urls.Pauses, _ => Task.FromResult(Urls.Pauses));
        }).Needs(Right.Admin);
        forms.MapPost(Urls.Pauses + "/{id:long}/resume", async (long id, Form form, IPauseActions pauses, IPauseQueries queries) =>
            await form.Answer(await queries.Find(id, form.Cancellation) is { } pause
                ? pauses.End([new(pause.Kind, pause.Subject)], form.By, form.Cancellation)
                : Task.FromResult<ActionOutcome>(new ActionOutcome.NotFound($"pause {id}")), Urls.Pauses)).Needs(Right.Admin);
        forms.MapPost("/shareddirectories/{name}/move", (string name, Form form, IDirectoryActions directories) =>
            form.Answer(directories.Move(name, form.Fields["worker"].ToString(), form.Reason, form.By, form.Cancellation), Urls.Locks)).Needs(Right.Admin);
        forms.MapPost("/masters/{id:long}/shutdown", (long id, Form form, IMasterActions masters) =>
            form.Answer(masters.Shutdown(id, new() { Reason = form.Reason, Quick = form.Fields["quick"] == "true" }, form.By, form.Cancellation), Urls.Masters)).Needs(Right.Admin);
        forms.MapPost("/masters/{id:long}/stay", (long id, Form form, IMasterActions masters) =>
            form.Answer(masters.CancelShutdown(id, form.By, form.Cancellation), Urls.Masters)).Needs(Right.Admin);
        forms.MapPost("/masters/{id:long}/retire", (long id, Form form, IMasterActions masters) =>
            form.Answer(masters.Retire(id, form.By, form.Cancellation), Urls.Masters)).Needs(Right.Admin);
        forms.MapPost("/schedulers/{name}/enable", (string name, Form form, ISchedulerActions schedulers) =>
            form.Answer(schedulers.SetEnabled(name, true, form.By, form.Cancellation), Urls.Schedulers)).Needs(Right.Admin);
        forms.MapPost("/schedulers/{name}/disable", (string name, Form form, ISchedulerActions schedulers) =>
            form.Answer(schedulers.SetEnabled(name, false, form.By, form.Cancellation), Urls.Schedulers)).Needs(Right.Admin);
        forms.MapPost("/sources/{name}/poll", (string name, Form form, IChangeActions changes) =>
            form.Answer(changes.PollNow(name, form.By, form.Cancellation), Urls.Changes)).Needs(Right.Force);
        forms.MapPost("/changes/hooks/{id:long}/read-again", (long id, Form form, IHookInbox inbox) =>
            form.Answer(inbox.ReadAgain(id, form.By, form.Cancellation), Urls.Hooks)).Needs(Right.Admin);
        forms.MapPost("/sign-out", async (HttpContext context) =>
        {
            await context.SignOutAsync(SignInRegistration.Session);
            return Results.LocalRedirect(Urls.Home);
        }).Open();

        app.MapGet("/logs/{id:long}/raw", (long id, HttpContext context) => RawLog.Send(context, id, download: context.Request.Query.ContainsKey("download"))).ExcludeFromDescription();
    }

    private static async ValueTask<object?> RefuseForged(EndpointFilterInvocationContext call, EndpointFilterDelegate next)
    {
        var context = call.HttpContext;
        if (await context.RequestServices.GetRequiredService<IAntiforgery>().IsRequestValidAsync(context))
            return await next(call);
        return new Said(StatusCodes.Status400BadRequest, "This form is no longer valid", "It was made before you signed in or out, or on another site. Go back, reload the page, and press the button again.");
    }

    /// <summary>A posted button: who pressed it, and what else the form said.</summary>
    internal sealed record Form(HttpContext Context, IFormCollection Fields)
    {
        public Actor By => Actors.Of(Context);

        public CancellationToken Cancellation => Context.RequestAborted;

        public string? Reason => Fields["reason"].ToString().Trim() is { Length: > 0 } reason ? reason[..Math.Min(reason.Length, LongestReason)].Replace("\0", "", StringComparison.Ordinal) : null;

        public static async ValueTask<Form?> BindAsync(HttpContext context)
        {
            try
            {
                return new(context, context.Request.HasFormContentType ? await context.Request.ReadFormAsync(context.RequestAborted) : FormCollection.Empty);
            }
            catch (IOException e) when (e is not BadHttpRequestException)
            {
                throw new InvalidDataException("The form ends before its end.", e);
            }
        }

        public int? Number(string name) => int.TryParse(Fields[name], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : null;

        /// <summary>Back to the page of the button (or the thing's own), or to what came into being; else a page that says why not.</summary>
        public async Task<IResult> Answer(Task<ActionOutcome> action, string page, Func<long, Task<string>>? made = null) => await action switch
        {
            ActionOutcome.Done { Id: { } id } when made is not null => Results.LocalRedirect(await made(id)),
            // The page says that it is ordered until an engine has done it.
            ActionOutcome.Done or ActionOutcome.Ordered => Results.LocalRedirect(Doors.Back(Context, page)),
            ActionOutcome.NotFound n => new Said(StatusCodes.Status404NotFound, "Not found", $"There is no {n.What}."),
            ActionOutcome.Conflict c => new Said(StatusCodes.Status409Conflict, "Not possible now", c.Why),
            ActionOutcome.Forbidden f => new Said(StatusCodes.Status403Forbidden, "Not allowed", f.Why),
            ActionOutcome.Invalid i => new Said(StatusCodes.Status422UnprocessableEntity, "Wrong input", string.Join(' ', i.Problems.Select(p => $"{p.Field}: {p.Message}"))),
            _ => throw new System.Diagnostics.UnreachableException(),
        };
    }

    private sealed class Said(int status, string title, string sentence) : IResult
    {
        public Task ExecuteAsync(HttpContext httpContext) => Doors.Say(httpContext, status, title, sentence);
    }
}
