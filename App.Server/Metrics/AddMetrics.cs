namespace Weir.App.Server.Metrics;

/// <summary>Registers and maps <c>/metrics</c>.</summary>
internal static class MetricsRegistration
{
    public static IServiceCollection AddWeirMetrics(this IServiceCollection services) => services.AddSingleton<MetricStore>();

    public static void MapMetrics(this WebApplication app)
    {
        // It counts from the start, not from the first question.
        _ = app.Services.GetRequiredService<MetricStore>();
        app.MapGet("/metrics", (MetricStore metrics) => Results.Text(metrics.Text(), "text/plain; version=0.0.4; charset=utf-8")).ExcludeFromDescription();
    }
}
