using System.Net.Http.Json;
using System.Text.Json;

namespace Weir.Whole.Tests.F;

/// <summary>An engine, a master of pages, a worker, and builders in a text of the store, so that forms may edit them.</summary>
public sealed class WaitingFixture : IAsyncLifetime
{
    private Installation? weir;

    public Installation Weir => weir!;
    public Browser Browser { get; } = new();
    public Installation.Master Engine { get; private set; } = null!;
    public Installation.Master Ui { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        await Browser.InitializeAsync();
        weir = await Installation.Create("weir: 1\n");
        Engine = await weir.StartMaster("engine", "engine");
        Ui = await weir.StartMaster("pages", "ui");
        await Write("base.yaml", "weir: 1\nworkers: { w1: { maxBuilds: 4 } }\nsecrets: [ { from: store } ]\n");
        weir.StartWorker("w1", await weir.WorkerToken(Ui, "w1"), Engine.Url);
    }

    /// <summary>A file whose making ends the builds that wait for it.</summary>
    public string Gate(string name) => Path.Combine(Weir.Directory, "gate-" + name);

    /// <summary>Writes a text of the store, and puts it in force, or lets it wait as the terms say.</summary>
    public async Task Write(string name, string text, object? terms = null)
    {
        var body = JsonSerializer.SerializeToNode(terms ?? new { })!.AsObject();
        body["text"] = text;
        using var request = new HttpRequestMessage(HttpMethod.Put, "/api/v2/config/texts/" + name) { Content = JsonContent.Create(body) };
        request.Headers.TryAddWithoutValidation(await Weir.Sql<bool>("SELECT EXISTS (SELECT FROM config_sources WHERE parts::text LIKE '%\"' || @name || '\"%')", new { name }) ? "If-Match" : "If-None-Match", "*");
        using var answer = await Ui.Http.SendAsync(request);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
    }

    /// <summary>Forces through a scheduler of this name; answers the request's id.</summary>
    public async Task<long> Force(string scheduler, string builder)
    {
        using var answer = await Ui.Http.PostAsJsonAsync($"/api/v2/forceschedulers/{scheduler}/actions/force", new { builders = new[] { builder } });
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
        return await Weir.Sql<long>("SELECT max(r.id) FROM requests r JOIN builders b ON b.id = r.builder_id WHERE b.name = @builder", new { builder });
    }

    public async Task<Browser.Tab> SignedIn(string path, bool script = true, int width = 1280, bool dark = false)
    {
        var tab = await Browser.Open($"{Ui.Url}/sign-in?returnTo={Uri.EscapeDataString(path)}", width, dark: dark, script: script);
        await tab.Page.Locator("main input[name$=ame]").First.FillAsync("admin");
        await tab.Page.Locator("main input[type=password]").FillAsync(Installation.Password);
        await tab.Page.Keyboard.PressAsync("Enter");
        await tab.Page.WaitForURLAsync(Ui.Url + path);
        return tab;
    }

    public async ValueTask DisposeAsync()
    {
        await Browser.DisposeAsync();
        if (weir is not null)
            await weir.DisposeAsync();
    }
}
