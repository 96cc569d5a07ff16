using System.Globalization;

namespace Weir.App.Server.Hosting;

/// <summary>Tells the person at the terminal where the pages are, once they are there.</summary>
internal static class Banner
{
    public static void ShowWhenReady(WebApplication app, HostSettings settings)
    {
        if (app.Configuration["Logging:Console:FormatterName"] == "json")
            return;
        app.Lifetime.ApplicationStarted.Register(() => Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"\n  Weir {typeof(Banner).Assembly.GetName().Version?.ToString(3)} · master {settings.Name} ({string.Join(", ", settings.Roles)})\n  {settings.Urls[0]}\n")));
    }
}
