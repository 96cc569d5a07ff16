using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Weir.Shared;
using Weir.Shared.Identity;

namespace Weir.Engine.Storage.Orders;

/// <summary>A kind of order that this engine knows, and how it is carried out. The actor's key carries the order's number, so that the deed is done once.</summary>
internal sealed class OrderKind
{
    private OrderKind(string name, Func<JsonElement, string?, Actor, CancellationToken, Task<(ActionOutcome Outcome, JsonElement? Answer)>> carryOut)
    {
        Name = name;
        CarryOut = carryOut;
    }

    public string Name { get; }

    public Func<JsonElement, string?, Actor, CancellationToken, Task<(ActionOutcome Outcome, JsonElement? Answer)>> CarryOut { get; }

    /// <summary>A deed whose outcome says all.</summary>
    public static OrderKind Of<TArguments>(string name, Func<TArguments, string?, Actor, CancellationToken, Task<ActionOutcome>> deed) =>
        new(name, async (arguments, reason, by, cancellation) => (await deed(arguments.Deserialize<TArguments>()!, reason, by, cancellation), null));

    /// <summary>A deed that answers more.</summary>
    public static OrderKind Of<TArguments, TAnswer>(string name, Func<TArguments, string?, Actor, CancellationToken, Task<(ActionOutcome Outcome, TAnswer? Answer)>> deed) where TAnswer : class =>
        new(name, async (arguments, reason, by, cancellation) =>
        {
            var (outcome, answer) = await deed(arguments.Deserialize<TArguments>()!, reason, by, cancellation);
            return (outcome, answer is null ? null : JsonSerializer.SerializeToElement(answer));
        });
}

/// <summary>Registers the kinds of a concept.</summary>
internal static class OrderKindRegistration
{
    public static IServiceCollection AddOrderKinds(this IServiceCollection services, Func<IServiceProvider, IEnumerable<OrderKind>> kinds) => services.AddSingleton(new OrderKinds(kinds));
}

/// <summary>The kinds that one concept knows how to carry out.</summary>
internal sealed record OrderKinds(Func<IServiceProvider, IEnumerable<OrderKind>> Of);
