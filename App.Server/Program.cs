using System.IO.Compression;
using System.Runtime.InteropServices;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.ResponseCompression;
using Weir.App.Client;
using Weir.App.Client.Builders;
using Weir.App.Client.Configuration;
using Weir.App.Client.Configuration.Forms;
using Weir.App.Client.Configuration.Texts;
using Weir.App.Client.Queue;
using Weir.App.Server.Api;
using Weir.App.Server.Badges;
using Weir.App.Server.Events;
using Weir.App.Server.Forms;
using Weir.App.Server.Hooks;
using Weir.App.Server.Hosting;
using Weir.App.Server.Hubs;
using Weir.App.Server.Identity;
using Weir.App.Server.Limits;
using Weir.App.Server.Live;
using Weir.App.Server.Metrics;
using Weir.Engine;
using Weir.Engine.Configuration;
using Weir.Engine.Configuration.Watching;
using Weir.Engine.Identity;
using Weir.Engine.Masters;
using Weir.Engine.Storage;

namespace Weir.App.Server;

/// <summary>The host as a table of contents: what a master is made of, and in which order it comes up.</summary>
internal static class Program
{
    public static async Task<int> Main(string[] args)
    {
        if (args.Any(a => a is "--help" or "-h"))
        {
            Console.WriteLine(args is ["db", ..] ? DatabaseCommand.Help : CommandLine.Help);
            return 0;
        }
        // TERM drains; TERM once more, or INT, ends at once: what runs goes on at the workers.
        using var told = new CancellationTokenSource();
        using var interrupted = new CancellationTokenSource();
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, signal => Interrupt(signal, told.IsCancellationRequested));
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, signal => Interrupt(signal, atOnce: true));
        try
        {
            if (args is ["db", .. var rest])
                return await DatabaseCommand.Run(rest, told.Token);
            await Run(args, told.Token, interrupted.Token);
            return 0;
        }
        catch (OperationCanceledException) when (told.IsCancellationRequested)
        {
            return 0;
        }
        catch (HostException e)
        {
            await Console.Error.WriteLineAsync("weir: " + e.Message);
            return e.ExitCode;
        }
#pragma warning disable CA1031 // The border of the program: a fault is told in full, and the exit code says that it ended badly.
        catch (Exception e)
#pragma warning restore CA1031
        {
            await Console.Error.WriteLineAsync("weir: this is a fault of Weir.\n" + e);
            return HostException.Failed;
        }

        void Interrupt(PosixSignalContext signal, bool atOnce)
        {
            signal.Cancel = true;
            told.Cancel();
            if (atOnce)
                interrupted.Cancel();
        }
    }

    private static async Task Run(string[] args, CancellationToken told, CancellationToken atOnce)
    {
        if (!CommandLine.TryRead(args, out var given, out var problem))
            throw new HostException(problem, HostException.Usage);
        var builder = Builder(given);
        var settings = HostSettings.Read(builder.Configuration);
        ListeningPort.MustBeFree(settings);

        using var logging = LoggerFactory.Create(l => l.AddConfiguration(builder.Configuration.GetSection("Logging")).AddConsole());
        await using var store = await OwnStore.Open(settings, logging.CreateLogger("Weir.Store"), told);
        store.Watch(builder.Services);
        builder.AddWeir(settings, store.ConnectionString);
        await using var app = builder.Build();
        app.MapWeir();
        try
        {
            await app.Services.GetRequiredService<FirstSteps>().Take(told);
            Banner.ShowWhenReady(app, settings);
            await app.StartAsync(told);
        }
        catch (Exception e) when (e is SchemaException or MasterNameException)
        {
            throw new HostException(e.Message);
        }
        catch (IOException e) when (e.InnerException is AddressInUseException)
        {
            throw ListeningPort.Taken(settings);
        }
        await using var leave = told.Register(() => _ = app.Services.GetRequiredService<Leaving>().Leave());
        await using var stop = atOnce.Register(app.Lifetime.StopApplication);
        await app.WaitForShutdownAsync(CancellationToken.None);
    }

    /// <summary>A builder that finds settings and assets beside the program, from whatever folder it is started.</summary>
    internal static WebApplicationBuilder Builder(IReadOnlyDictionary<string, string?> settings)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory, ApplicationName = typeof(Program).Assembly.GetName().Name });
        builder.Configuration.AddInMemoryCollection(settings);
        builder.WebHost.UseStaticWebAssets();
        return builder;
    }

    internal static void AddWeir(this WebApplicationBuilder builder, HostSettings settings, string connectionString)
    {
        builder.ConfigureKestrel(settings);
        builder.Services
            .AddSingleton(settings)
            .AddStorage(new StorageOptions { ConnectionString = connectionString, Schema = settings.Schema, Notifications = settings.Notifications })
            .AddIdentity()
            .AddConfiguration(new ConfigurationSourceOptions { Path = settings.IsEngine ? settings.Config : null }, settings.IsEngine)
            .AddQueries()
            .AddEngine(new MasterOptions { Name = settings.Name, Roles = settings.Roles, Limits = settings.Limits, Addresses = settings.Urls, DataDirectory = settings.Data, CacheDirectory = Path.Combine(settings.Data, "cache") }, settings.Mail)
            .AddSignIn()
            .AddLimits(LimitSettings.Read(builder.Configuration))
            .AddEvents()
            .AddWeirMetrics()
            .AddHooks()
            .AddSingleton<IForceDoor, ForceDoor>()
            .AddSingleton<IRestoreDoor, RestoreDoor>()
            .AddSingleton<ICompletionDoor, CompletionDoor>()
            .AddSingleton<ISecretDoor, SecretDoor>()
            .AddSingleton<IThingDoor, ThingDoor>()
            .AddSingleton<ITextDoor, TextDoor>()
            .AddSingleton<WorkerTokenFile>()
            .AddSingleton<FirstSteps>()
            .AddSingleton<Leaving>()
            .AddSingleton<IHostLifetime, SignalsAreOurs>()
            .AddSingleton<FollowedBuild>()
            .AddExceptionHandler<Failures>()
            .AddProblemDetails()
            .AddResponseCompression()
            // Pages are rendered once for a viewer and travel far; the fastest levels leave a fifth more to travel.
            .Configure<GzipCompressionProviderOptions>(o => o.Level = CompressionLevel.Optimal)
            .Configure<BrotliCompressionProviderOptions>(o => o.Level = CompressionLevel.Optimal)
            // The form of a builder with hundreds of steps has tens of fields for each; the size of what is posted is limited besides.
            .Configure<FormOptions>(o =>
            {
                o.ValueCountLimit = 50_000;
                o.ValueLengthLimit = FormLimits.Largest;
            })
            .AddHubs();
        if (settings.IsUi)
            builder.Services.AddLive().AddRazorComponents();
    }

    internal static void MapWeir(this WebApplication app)
    {
        var settings = app.Services.GetRequiredService<HostSettings>();
        app.UseKnownProxies();
        app.UseSecurityHeaders();
        app.UseSeeOtherAfterPost();
        app.UseResponseCompression();
        app.UseExceptionHandler();
        app.UseFriendlyAnswers();
        app.UseRouting();
        app.UsePageQueries();
        app.UseOldAssets();
        app.UseAddressLimit();
        app.UseBodyLimit();
        app.UseAuthentication();
        app.UseClientLimit();
        app.UseRights();
        app.UseRateLimiter();
        app.UseSameOriginForHubs();
        app.UseAuthorization();
        app.UseAntiforgery();
        app.UsePageForms();
        app.UseWebSockets();
        app.MapHealth();
        app.MapRest();
        app.MapBuildbotSse();
        app.MapBuildbotSocket();
        app.MapBadges();
        app.MapMetrics();
        app.MapHooks();
        app.MapActionForms();
        app.MapStaticAssets().Open();
        if (settings.IsUi)
        {
            app.MapRazorComponents<Root>();
            app.MapLogWindow();
            app.MapBrowserHub();
            app.MapWaterfallPieces();
        }
        if (settings.IsEngine)
            app.MapWorkerHub();
    }
}
