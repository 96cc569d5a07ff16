using Microsoft.Extensions.DependencyInjection;

namespace Weir.Engine.Retention;

/// <summary>Registers what lets go of the past, on engines.</summary>
public static class RetentionRegistration
{
    public static IServiceCollection AddRetention(this IServiceCollection services, bool engine) => engine ? services.AddHostedService<Pruning>() : services;
}
