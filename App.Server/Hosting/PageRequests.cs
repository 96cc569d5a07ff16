using System.Collections.Concurrent;
using System.Globalization;
using System.Reflection;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Endpoints;
using Weir.App.Server.Api;
using Weir.App.Server.Identity;

namespace Weir.App.Server.Hosting;

/// <summary>With what a page could not be begun is said in its place: a value of the query that is not of its kind, a form that cannot be read, is too large, or was made for somebody else.</summary>
internal static class PageRequests
{
    private const int Shown = 40;
    private static readonly ConcurrentDictionary<Type, IReadOnlyList<(string Name, Type Type)>> Pages = new();

    public static void UsePageQueries(this WebApplication app) => app.Use((context, next) =>
        PageOf(context) is { } page && Wrong(page, context.Request.Query) is { } sentence
            ? Doors.Say(context, StatusCodes.Status400BadRequest, Problems.Title(StatusCodes.Status400BadRequest), sentence)
            : next(context));

    public static void UsePageForms(this WebApplication app) => app.Use((context, next) =>
    {
        if (PageOf(context) is null || context.Features.Get<IAntiforgeryValidationFeature>() is not { } form)
            return next(context);
        var (status, title, sentence) = form switch
        {
            { IsValid: true } => context.Request.Form.ContainsKey("_handler") ? default : (StatusCodes.Status400BadRequest, "This form is not known", "It does not say which form of the page it is. Go back, reload the page, and send it again."),
            { Error.InnerException: BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge } } => (StatusCodes.Status413PayloadTooLarge, "Too large", BodyLimit.OfForm),
            { Error.InnerException: InvalidDataException or IOException } => (StatusCodes.Status400BadRequest, "This form cannot be read", "It has too many fields, one that is too long, or a character that cannot be stored; nothing was changed."),
            _ => (StatusCodes.Status400BadRequest, "This form is no longer valid", "It was made before you signed in or out, or on another site. Go back, reload the page, and send it again."),
        };
        return sentence is null ? next(context) : Doors.Say(context, status, title, sentence);
    });

    private static Type? PageOf(HttpContext context) => context.GetEndpoint()?.Metadata.GetMetadata<ComponentTypeMetadata>()?.Type;

    // The renderer would end in an exception, which is a fault of ours in every log.
    private static string? Wrong(Type page, IQueryCollection query)
    {
        foreach (var (name, type) in Pages.GetOrAdd(page, Parameters))
        {
            if (!query.TryGetValue(name, out var values) || values is not [{ } text, ..] || (text.Length == 0 && Nullable.GetUnderlyingType(type) is not null))
                continue;
            var (isGood, expected) = (Nullable.GetUnderlyingType(type) ?? type) switch
            {
                var t when t == typeof(long) => (long.TryParse(text, NumberStyles.Integer, CultureInfo.InvariantCulture, out _), "a whole number"),
                var t when t == typeof(int) => (int.TryParse(text, NumberStyles.Integer, CultureInfo.InvariantCulture, out _), "a whole number"),
                var t when t == typeof(bool) => (bool.TryParse(text, out _), "true or false"),
                _ => (true, ""),
            };
            if (!isGood)
                return $"The address says {name}={(text.Length > Shown ? text[..Shown] + "…" : text)}, where {expected} was expected.";
        }
        return null;
    }

    private static IReadOnlyList<(string Name, Type Type)> Parameters(Type page) =>
        [.. page.GetProperties().Select(p => (p.GetCustomAttribute<SupplyParameterFromQueryAttribute>(), p)).Where(p => p.Item1 is not null).Select(p => (p.Item1!.Name ?? p.p.Name.ToLowerInvariant(), p.p.PropertyType))];
}
