using Weir.Engine.Configuration.Format;
using Weir.Engine.Configuration.Reading;
using Weir.Shared.Configuration;
using Weir.Shared.Schedulers;

namespace Weir.Engine.Configuration.Check;

/// <summary>Makes the model of checked nodes.</summary>
internal static class Binding
{
    public static WeirConfiguration Bind(Sections sections) => new()
    {
        Title = sections.Setting("title")?.Text ?? "Weir",
        Url = sections.Setting("url") is { } url ? UrlKind.TryRead(url.Text) : null,
        Projects = [.. sections.Projects.Select(Project)],
        Codebases = [.. sections.Codebases.Select(Codebase)],
        ChangeSources = [.. sections.ChangeSources.Select(s => (ChangeSourceConfiguration?)GitPoller(s, sections) ?? Webhook(s)).OfType<ChangeSourceConfiguration>()],
        Schedulers = [.. sections.Schedulers.Select(Scheduler).OfType<SchedulerConfiguration>()],
        Workers = [.. sections.Workers.Select(Worker)],
        Locks = [.. sections.Locks.Select(LockBinding.Lock)],
        SharedDirectories = [.. sections.SharedDirectories.Select(d => new SharedDirectoryConfiguration { Name = d.Key.Text, Was = d.Value.Text("was"), Description = d.Value.Text("description") })],
        Builders = [.. sections.Builders.Select(b => Builder(b, sections))],
        Parts = [.. sections.Parts.Select(PartBinding.Part)],
        Secrets = [.. (sections.Setting("secrets")?.Items ?? []).Select(SecretSource)],
    };

    private static ProjectConfiguration Project(YamlEntry entry) => new()
    {
        Name = entry.Key.Text,
        Was = entry.Value.Text("was"),
        Title = entry.Value.Text("title"),
        Description = entry.Value.Text("description"),
        Url = entry.Value.Url("url"),
        Weight = entry.Value.Number("weight", 1),
        MaxWait = entry.Value.Span("maxWait", ProjectConfiguration.DefaultMaxWait),
        Cap = entry.Value.Number("cap"),
    };

    private static CodebaseConfiguration Codebase(YamlEntry entry) => new()
    {
        Name = entry.Key.Text,
        Was = entry.Value.Text("was"),
        Repository = entry.Value.Text("repository") ?? "",
        Branch = entry.Value.Text("branch") ?? "main",
        Project = entry.Value.Text("project"),
        Credentials = StepBinding.Credentials(entry.Value),
    };

    private static GitPollerConfiguration? GitPoller(YamlEntry entry, Sections sections)
    {
        if (entry.Value.Text("type") != "git-poller")
            return null;
        var codebase = entry.Value.Text("codebase") ?? "";
        var branches = entry.Value.Texts("branches");
        return new()
        {
            Name = entry.Key.Text,
            Was = entry.Value.Text("was"),
            Codebase = codebase,
            Branches = branches.Count > 0 ? branches : [sections.Find("codebases", codebase)?.Text("branch") ?? "main"],
            Every = entry.Value.Span("every", TimeSpan.FromMinutes(10)) ?? TimeSpan.FromMinutes(10),
        };
    }

    private static WebhookConfiguration? Webhook(YamlEntry entry) => entry.Value.Text("type") != "webhook" ? null : new()
    {
        Name = entry.Key.Text,
        Was = entry.Value.Text("was"),
        Dialect = entry.Value.Text("dialect") ?? "",
        Secret = entry.Value.Text("secret"),
        Codebases = [.. entry.Value.Texts("codebase").Distinct()],
        Branches = entry.Value.Texts("branches"),
        Events = [.. entry.Value.Texts("events").Distinct()],
        Skip = entry.Value.Text("skip"),
    };

    private static SchedulerConfiguration? Scheduler(YamlEntry entry)
    {
        var node = entry.Value;
        SchedulerConfiguration? own = node.Text("type") switch
        {
            "single-branch" => WhenChanged(new SingleBranchConfiguration { Name = entry.Key.Text }, node),
            "any-branch" => WhenChanged(new AnyBranchConfiguration { Name = entry.Key.Text }, node),
            "periodic" => ByTheClock(new PeriodicConfiguration { Name = entry.Key.Text, Every = node.Span("every", null) ?? TimeSpan.FromDays(1) }, node),
            "nightly" => ByTheClock(new NightlyConfiguration { Name = entry.Key.Text, Cron = node.Text("cron") ?? "", TimeZone = node.Text("timeZone") ?? "UTC" }, node),
            "force" => new ForceConfiguration { Name = entry.Key.Text, Label = node.Text("label"), Parameters = [.. (node["parameters"]?.Items ?? []).Select(Parameter)] },
            "triggerable" => new TriggerableConfiguration { Name = entry.Key.Text },
            _ => null,
        };
        return own is null ? null : own with
        {
            Was = node.Text("was"),
            Builders = [.. node.Texts("builders").Distinct()],
            Codebases = [.. node.Texts("codebases").Distinct()],
            Properties = node.Values("properties"),
            Priority = node.Number("priority", 0),
            Reason = node.Text("reason"),
            Enabled = node.Flag("enabled", true),
            FailFast = node.Flag("failFast", false),
        };
    }

    private static ChangeDrivenConfiguration WhenChanged(ChangeDrivenConfiguration scheduler, YamlNode node) => scheduler with
    {
        Changes = Filter(node["changes"]),
        TreeStable = node.Span("treeStable", null) is { } stable && stable > TimeSpan.Zero ? stable : null,
        Important = node.Texts("important"),
        CancelOlder = node.Text("cancelOlder") switch { "true" => CancelOlder.Running, "waiting" => CancelOlder.Waiting, _ => CancelOlder.Nothing },
    };

    private static TimedConfiguration ByTheClock(TimedConfiguration scheduler, YamlNode node) => scheduler with
    {
        CatchUp = node.Text("catchUp") switch { "skip" => CatchUp.Skip, "all" => CatchUp.All, _ => CatchUp.Once },
        OnlyIfChanged = node.Flag("onlyIfChanged", false),
        Changes = Filter(node["changes"]),
        Important = node.Texts("important"),
    };

    private static ChangeFilterConfiguration Filter(YamlNode? node) => node is null ? new() : new()
    {
        Codebases = node.Texts("codebase"),
        Branches = [.. node.Texts("branch"), .. node.Texts("branches")],
        Projects = node.Texts("project"),
        Authors = node.Texts("author"),
        Categories = node.Texts("category"),
        Properties = node.Map("properties").ToDictionary(e => e.Key.Text, e => (IReadOnlyList<string>)[.. node["properties"]!.Texts(e.Key.Text)]),
        Files = node.Texts("files"),
    };

    private static ForceParameter Parameter(YamlNode node) => new()
    {
        Name = node.Text("name") ?? "",
        Kind = node.Text("type") ?? "string",
        Label = node.Text("label"),
        Description = node.Text("description"),
        Required = node.Flag("required", false),
        Default = node.Text("default"),
        Pattern = node.Text("pattern"),
        Choices = node.Texts("choices"),
    };

    private static WorkerConfiguration Worker(YamlEntry entry) => new()
    {
        Name = entry.Key.Text,
        Was = entry.Value.Text("was"),
        MaxBuilds = entry.Value.Number("maxBuilds", 1),
        Tags = entry.Value.Texts("tags"),
        Properties = entry.Value.Values("properties"),
        MissingAfter = entry.Value.Span("missingAfter", TimeSpan.FromMinutes(10)) ?? TimeSpan.FromMinutes(10),
        Availability = AvailabilityCheck.Bind(entry.Value),
    };

    private static BuilderConfiguration Builder(YamlEntry entry, Sections sections)
    {
        var node = entry.Value;
        return new()
        {
            Name = entry.Key.Text,
            Was = node.Text("was"),
            Project = node.Text("project"),
            Description = node.Text("description"),
            Workers = node["workers"] is { } workers ? new() { Names = workers.Texts("names"), Tags = workers.Texts("tags") } : new(),
            Properties = [.. node.Map("properties").Select(Declaration)],
            Env = node.Variables("env"),
            Priority = node.Number("priority", 0),
            Collapse = node.Text("collapse") switch { "compatible" => CollapseRule.Compatible, "always" => CollapseRule.Always, _ => CollapseRule.Never },
            Placement = node["next"]?.Text("worker") switch { "fastest" => PlacementRule.Fastest, "last-used" => PlacementRule.LastUsed, "random" => PlacementRule.Random, _ => PlacementRule.LeastLoaded },
            Tags = node.Texts("tags"),
            Keep = node["keep"] is { } keep
                ? new() { Builds = keep.Number("builds"), Days = keep.Number("days"), Logs = keep.Span("logs", TimeSpan.FromDays(90)) ?? TimeSpan.FromDays(90) }
                : new(),
            Locks = LockBinding.Uses(node["locks"], sections),
            Steps = StepBinding.Bind(node["steps"]?.Items ?? [], sections),
        };
    }

    private static SecretSourceConfiguration SecretSource(YamlNode node) => new()
    {
        From = node.Text("from") ?? "env",
        Prefix = node.Text("prefix") ?? SecretSourceConfiguration.DefaultPrefix,
        Path = node.Text("path"),
    };

    private static PropertyDeclaration Declaration(YamlEntry entry)
    {
        var type = entry.Value.Text("type") ?? "string";
        return new()
        {
            Name = entry.Key.Text,
            Type = type,
            Default = entry.Value["default"] is { } node ? DefaultOf(node, type) : null,
            Required = entry.Value.Flag("required", false),
            Description = entry.Value.Text("description"),
        };
    }

    /// <summary>Where a text is declared, 5 is the text "5".</summary>
    private static System.Text.Json.JsonElement DefaultOf(YamlNode node, string type) =>
        type == "string" && node is { Kind: YamlKind.Scalar, IsNothing: false } ? System.Text.Json.JsonSerializer.SerializeToElement(node.Text) : JsonScalar.ReadElement(node);
}
