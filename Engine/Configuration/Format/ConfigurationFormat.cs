using Weir.Engine.Configuration.Reading;
using Weir.Engine.Configuration.Templates;
using Weir.Engine.Configuration.Timetables;
using Weir.Shared.Configuration;
using Weir.Shared.Protocol;

namespace Weir.Engine.Configuration.Format;

/// <summary>The format as one table: every key, what may stand under it, and what it means. The check, the published schema and the reference in the manual all come from it.</summary>
internal static class ConfigurationFormat
{
    private const int MaxBuilders = 10_000;
    private static readonly FlagKind Flag = new();
    private static readonly TextKind Text = new("a text");
    private static readonly TextKind Line = new("a text", TextRules.Line, 250);
    private static readonly TextKind Name = new("a name", TextRules.Name, Pattern: TextRules.NamePattern);
    private static readonly TextKind WorkerName = new("a worker's name", TextRules.WorkerName, Pattern: TextRules.WorkerNamePattern);
    private static readonly TextKind Tag = new("a tag", TextRules.Tag);
    private static readonly TextKind BranchGlob = new("a branch", t => TextRules.Branch(t, glob: true));
    private static readonly TextKind FileGlob = new("a pattern of file names", TextRules.FileGlob);
    private static readonly TextKind Path = new("a path", TextRules.RelativePath);
    private static readonly TextKind TemplatePath = new("a path", TextRules.RelativePath, Template: true);
    private static readonly TextKind Template = new("a text", MaxLength: 64 * 1024, Template: true);
    private static readonly TextKind Expression = new("an expression", MaxLength: 10 * 1024, Template: true);
    private static readonly TextKind SecretName = new("the name of a secret", TextRules.SecretName, Pattern: TextRules.SecretPattern);
    private static readonly TextKind Pattern = new("a regular expression", TextRules.Pattern, 1000);
    private static readonly UrlKind Url = new();
    private static readonly NumberKind Priority = new(-1_000_000, 1_000_000);
    private static readonly MapKind Properties = new("property", TextRules.PropertyName, TextRules.PropertyPattern, new JsonKind());
    private static readonly MapKind Env = new("variable", TextRules.VariableName, TextRules.VariablePattern, Template);
    private static readonly EitherKind Command = new("a command (a text for the shell, or a list of words)", Template, new ListKind(Template, Least: 1), YamlKind.List);

    public static Shape Project { get; } = new("a project", "A name under which codebases and builders are grouped.",
    [
        Key.Was("its pause, its builders and secrets that are for it go with it"),
        new("title", Line, "Its name as pages show it.", "the name"),
        new("description", Text, "A sentence about it."),
        new("url", Url, "Its home."),
        new("weight", new NumberKind(1, 1000), "How much of the workers is its due beside other projects that wait: of two, the one with twice the weight gets twice as much.", "1"),
        new("maxWait", new DurationKind(TimeSpan.FromMinutes(1), TimeSpan.FromDays(365), Never: true), "A request that has waited for so long counts for the next higher priority that waits, and for one more each time as long again; beyond the highest it goes before all that has not waited for too long, whichever project has more running.", "1d, also for builders without a project"),
        new("cap", new NumberKind(1, 1_000_000), "At most so many of its builds run at a time. A build that waits for what it has set off lends its place to one of them.", "any number"),
    ]);

    public static Shape Codebase { get; } = new("a codebase", "A repository. The source stamps of a buildset name one revision of each codebase that it needs.",
    [
        Key.Was("its changes and what waits to be built of it go with it"),
        new("repository", new TextKind("a repository's address", TextRules.Repository), "The address to clone from: a URL, user@host:path, or a path.", Required: true),
        new("branch", new TextKind("a branch", t => TextRules.Branch(t, glob: false)), "The branch that is built when nothing else is said.", "main"),
        new("project", Name, "The project it belongs to."),
        new("sshKey", SecretName, "The secret that is the private key with which workers reach it by ssh."),
        new("knownHosts", new ListKind(new TextKind("a line of a known_hosts file", TextRules.Line, 2000), AllowSingle: true), "The host keys that are trusted with `sshKey`, as lines of a known_hosts file (`ssh-keyscan` writes them); any other host is refused.", "those of the worker's user"),
        new("token", SecretName, "The secret that is the token (or password) with which workers reach it by https."),
        new("tokenUser", Line, "The user name that goes with the token.", "x-access-token"),
    ]);

    public static Shape Changes { get; } = new("changes", "Which changes a scheduler wants. All given conditions must hold; within a list one is enough.",
    [
        new("codebase", new ListKind(Name, AllowSingle: true), "Codebases.", "any"),
        new("branch", BranchGlob, "The branch. Give this or `branches`."),
        new("branches", new ListKind(BranchGlob, Least: 1, AllowSingle: true), "Branches, or patterns of them. Each branch is built by itself."),
        new("files", new ListKind(FileGlob, AllowSingle: true), "Patterns of files (as for branches) of which a change must touch one; with ! before it a pattern excludes, and the last that matches decides.", "any"),
        new("project", new ListKind(Name, AllowSingle: true), "Projects.", "any"),
        new("author", new ListKind(Line, AllowSingle: true), "Authors, or patterns of them: '*@example.org>'.", "any"),
        new("category", new ListKind(Line, AllowSingle: true), "Categories, as change sources or `weir sendchange` give them: a webhook's tags have the category tag, its pull requests pull.", "any"),
        new("properties", new MapKind("property", TextRules.PropertyName, TextRules.PropertyPattern, new ListKind(Text, AllowSingle: true)), "Properties that the change must have, each with the values (or patterns of them) that will do."),
    ]);

    public static Shape SingleBranch { get; } = Scheduler("single-branch", "Builds each change, or quiet group of changes, of a branch.",
    [
        new("changes", new ShapeKind(Changes), "Which changes it wants.", Required: true),
        .. WhenChanged, Key.Later("onlyIfChanged"),
    ]);

    public static Shape AnyBranch { get; } = Scheduler("any-branch", "Builds each change, or quiet group of changes, of any branch of any codebase: each branch of each codebase by itself.",
    [
        new("changes", new ShapeKind(Changes), "Which changes it wants.", "all changes"),
        .. WhenChanged,
    ]);

    public static Shape Periodic { get; } = Scheduler("periodic", "Builds every so often.",
    [
        new("every", new DurationKind(TimeSpan.FromSeconds(10), TimeSpan.FromDays(365)), "How often.", Required: true),
        .. ByTheClock,
    ]);

    public static Shape Nightly { get; } = Scheduler("nightly", "Builds at the times of a cron text, as the clocks of a time zone show them.",
    [
        new("cron", new TextKind("a cron text", CronTimetable.Complaint, 250), "When: minute, hour, day of the month, month, day of the week, as `30 2 * * 1-5`; or @hourly, @daily, @weekly, @monthly, @yearly. H stands for a number that the scheduler's name decides, so that not all start at once: `H 3 * * *`, `H H(1-5) * * *`, `H/15 * * * *`.", Required: true),
        new("timeZone", new TextKind("a time zone's name", Zones.Complaint, 64), "The zone whose clocks count, by its IANA name: Europe/Budapest.", "UTC"),
        .. ByTheClock,
    ]);

    public static Shape Triggerable { get; } = Scheduler("triggerable", "Starts nothing by itself: trigger steps of other builds set it off.", []);

    public static Shape ForceParameter { get; } = new("a parameter", "One field of a force form. Its value becomes the property of its name.",
    [
        new("name", new TextKind("a property's name", TextRules.PropertyName, Pattern: TextRules.PropertyPattern), "The property.", Required: true),
        new("type", new WordKind(["string", "text", "int", "boolean", "choice"], ["username", "file", "inherit"]), "What may be entered: string is one line, text may be many.", "string"),
        new("label", Line, "What the form calls it.", "the name"),
        new("description", Text, "A sentence below the field."),
        new("required", Flag, "It must not be left empty.", "false"),
        new("default", new TextKind("a value", MaxLength: 64 * 1024), "What the form starts with."),
        new("pattern", Pattern, "A regular expression that the value must match (string and text)."),
        new("choices", new ListKind(Line, Least: 1), "The values of a choice."),
    ]);

    public static Shape Force { get; } = Scheduler("force", "A form on its builders' pages, by which people start builds.",
    [
        new("label", Line, "The form's title.", "the name"),
        new("parameters", new ListKind(new ShapeKind(ForceParameter)), "The form's fields beside branch, revision and reason."),
        Key.Later("allow"),
    ]);

    public static Shape Lock { get; } = new("a lock", "Something that not everybody may use at once: so many units, which builds or steps hold.",
    [
        Key.Was("what builds hold of it, and who waits for it, goes with it"),
        new("scope", new WordKind(["all", "worker"], []), "all: one lock for all masters and workers. worker: each worker has one of its own.", "all"),
        new("capacity", new NumberKind(1, 1_000_000), "How many units there are.", "1"),
        new("perWorker", new MapKind("worker", TextRules.WorkerName, TextRules.WorkerNamePattern, new NumberKind(1, 1_000_000)), "Of scope worker: workers with another capacity.", "all workers have `capacity`") { Refers = "workers" },
        new("pool", new MapKind("name", TextRules.ThingName, TextRules.LogNamePattern, new ListKind(Tag, AllowSingle: true)), "Named things that are given out one by one, instead of a capacity: each name with its labels. Commands find the names of those that their build or step has in `$WEIR_LOCK_NAME` (the lock's name in capitals, _ for -), with commas between them; a property `lock_name` of the build keeps them."),
    ]);

    public static Shape SharedDirectory { get; } = new("a shared directory", "A directory on one worker, apart from those of builds, that steps of several builders use. It stays from build to build. All builders that share it run on the worker that has it; the first of their builds decides which one that is.",
    [
        Key.Was("it stays on its worker with all that is in it"),
        new("description", Text, "A sentence about it."),
    ]);

    public static Shape LockUse { get; } = new("a lock that is held", "A lock, and how much of it is held.",
    [
        new("name", Name, "The lock.", Required: true),
        new("units", new NumberKind(1, 1_000_000), "How many units.", "1"),
        new("mode", new WordKind(["counting", "exclusive"], []), "exclusive: all of it, whatever its capacity.", "counting"),
        new("quantity", new NumberKind(1, 1_000_000), "Of a pool: how many of its things.", "1"),
        new("labels", new ListKind(Tag, AllowSingle: true), "Of a pool: labels, all of which each of them must have.", "any of them"),
    ]);

    public static Shape BuilderLockUse { get; } = new(LockUse.Name, LockUse.Description,
    [
        .. LockUse.Keys,
        new("from", new TextKind("a step's name", TextRules.StepName), "Hold it for a run of steps only: the name of the first.", "the whole build"),
        new("to", new TextKind("a step's name", TextRules.StepName), "The name of the last of them.", "the same step"),
    ]);

    public static Shape Selector { get; } = new("workers", "Which workers: any that has one of the names, or all of the tags. Without both, any worker.",
    [
        new("names", new ListKind(WorkerName, AllowSingle: true), "Names of workers, or patterns of them."),
        new("tags", new ListKind(Tag, AllowSingle: true), "Tags, all of which a worker must have."),
    ]);

    public static Shape Declaration { get; } = new("a property", "A declared property: what expressions of this builder may use.",
    [
        new("type", new WordKind(["string", "int", "boolean", "json"], []), "What it holds.", "string"),
        new("default", new JsonKind(), "Its value when nothing else gives one."),
        new("required", Flag, "A build without it does not start.", "false"),
        new("description", Text, "What it is for."),
    ]);

    public static Shape Keep { get; } = new("keep", "How long the past of a builder is kept.",
    [
        new("builds", new NumberKind(1, 1_000_000), "At most so many builds.", "all"),
        new("days", new NumberKind(1, 36_500), "Builds of so many days.", "all"),
        new("logs", new DurationKind(TimeSpan.FromDays(1), TimeSpan.FromDays(3650)), "Logs for so long.", "90d"),
    ]);

    public static Shape GitStep { get; } = Step("git", "Checks out a codebase at the revision of the build's source stamp.",
        new Key("git", new ShapeKind(Checkout), "What is checked out, and how.", Required: true));

    public static Shape RunStep { get; } = Step("run", "Runs a command on the worker.",
        new Key("run", Command, "The command: a text for the shell, in which an expression's value travels as an environment variable and stays one word; or a list of words, without a shell.", Required: true),
        new Key("env", Env, "Environment variables, beside those of the builder."),
        new Key("workdir", TemplatePath, "Where it runs, below the build's directory.", "."),
        new Key("exitCodes", new MapKind("exit code", ExitCode, "^-?[0-9]+$", new WordKind(["success", "warnings", "failure", "exception", "skipped", "retry", "cancelled"], [])), "What exit codes mean. retry: the whole build is tried again, at most five times.", "0 is success, all others failure"),
        new Key("retries", new NumberKind(0, 100), "How often it is run again when it fails (or cannot be run); what is stopped is not run again. Each attempt stands in the log.", "0"),
        new Key("retryDelay", new DurationKind(TimeSpan.Zero, TimeSpan.FromHours(1)), "The pause before each further attempt.", "0s"),
        new Key("logs", new MapKind("log", TextRules.LogName, TextRules.LogNamePattern, TemplatePath, Most: 20), "Files, relative to `workdir`, that are followed into logs of these names while the command runs."),
        new Key("warnings", new ShapeKind(Warnings), "Counts the warnings of its output."));

    public static Shape Warnings => new("warnings", "Which lines of the output are warnings. A step with warnings (that is otherwise a success) has the result warnings; they stand in a log of their own, and their number in the property warnings-count, which adds up over the steps of a build.",
    [
        new("pattern", Pattern, "A regular expression; a line in which it is found is a warning.", WarningConfiguration.DefaultPattern),
        new("max", new NumberKind(0, 1_000_000), "With more than so many the step fails.", "any number"),
        new("suppress", Path, "A file, relative to `workdir`, of regular expressions, one a line (# begins a comment): a warning in which one is found does not count."),
    ]);

    public static Shape SetStep { get; } = Step("set", "Sets properties of the build.",
        new Key("set", new MapKind("property", TextRules.PropertyName, TextRules.PropertyPattern, new EitherKind("a text or { run: command }", Template, new ShapeKind(SetRun), YamlKind.Map)), "Each property with its value: a text (one that is a single expression keeps its type), or { run: command } for what a command prints.", Required: true));

    public static Shape TriggerStamp { get; } = new("a source stamp", "What is built of a codebase.",
    [
        new("branch", Template, "The branch.", "that of the build"),
        new("revision", Template, "The revision.", "the one that the build has checked out; with another branch: its head"),
    ]);

    public static Shape TriggerStep { get; } = Step("trigger", "Starts the builds of a triggerable scheduler.",
        new Key("trigger", new ShapeKind(Trigger), "What is started, and how.", Required: true));

    public static StepKind Steps { get; } = new(new Dictionary<string, Shape> { ["git"] = GitStep, ["run"] = RunStep, ["set"] = SetStep, ["trigger"] = TriggerStep }, ["archive", "tests", "artifact", "http"]);

    private static MapKind Combination { get; } = new("axis", TextRules.PropertyName, TextRules.PropertyPattern, Line, Most: 20);

    public static Shape Next { get; } = new("next", "Which request is next, and which of the workers that could take it gets it.",
    [
        new("request", new WordKind(["oldest"], []), "Among requests of the same priority: the oldest.", "oldest"),
        new("worker", new WordKind(["least-loaded", "fastest", "last-used", "random"], []), "least-loaded: the one with the most free slots. fastest: the one whose good builds of this builder take least; one that has none yet is tried first. last-used: the one that built it last, which still has its files. random: any.", "least-loaded"),
    ]);

    public static Shape Builder { get; } = new("a builder", "How something is built, and where.",
    [
        Key.Was("its builds, their numbers and what waits go with it to the new name"),
        new("project", Name, "The project it belongs to."),
        new("description", Text, "A sentence about it."),
        new("workers", new ShapeKind(Selector), "Which workers may run it.", "any"),
        new("properties", new MapKind("property", TextRules.PropertyName, TextRules.PropertyPattern, new ShapeKind(Declaration)), "Declared properties."),
        new("env", Env, "Environment variables of all its commands."),
        new("priority", Priority, "Among builders that wait for the same worker; higher goes first.", "0"),
        new("tags", new ListKind(Tag, AllowSingle: true), "Words by which pages filter."),
        new("collapse", new WordKind(["never", "compatible", "always"], []), "Which waiting requests are built together, as the newest of them, at the place of the oldest; the others end as superseded. compatible: those of one scheduler with the same properties and the same source, but for its revision. always: those with the same source, but for its revision. What was forced, triggered or rebuilt is always built for itself.", "never"),
        new("keep", new ShapeKind(Keep), "How long its past is kept."),
        new("steps", new ListKind(Steps, Least: 1), "What it does, in order.", Required: true) { Unless = Expansion.Extends },
        new("locks", Held(BuilderLockUse), "Locks that its builds hold. All are taken together before a build starts; those with `from` when the run of steps begins.") { Refers = "locks" },
        new("next", new ShapeKind(Next), "Which request is next, and which of the workers that could take it gets it."),
        new(Expansion.Extends, new ListKind(Name, Least: 1, Most: 100, AllowSingle: true), "Templates whose keys it has: maps are put together key by key, as deep as they go, anything else is replaced as a whole. Later ones win over earlier ones, and what stands here wins over all."),
        new("matrix", new MapKind("axis", TextRules.PropertyName, TextRules.PropertyPattern, new ListKind(Line, Least: 1, AllowSingle: true), Most: 10), $"Axes with their values. For each combination ({Matrix.Most} at most) there is a builder of its own, named NAME-VALUE-VALUE… in the order of the axes (of a value small letters and digits count, with one hyphen for what is between them). `matrix.AXIS` in its texts is the value. A scheduler that names NAME starts all of them."),
        new("exclude", new ListKind(Combination, Most: 1000), "Combinations that there are not: values of some axes; all that have them are left out."),
        new("include", new ListKind(Combination, Most: 1000), "Further combinations: a value for each axis. With other names it gives that combination values of its own, which are nothing in the others."),
        Key.Later("skipIf"),
    ]);

    public static Shape BuilderTemplate { get; } = new("a template", "Keys of builders that extend it. By itself it builds nothing.", [.. Builder.Keys.Where(k => k.Name != "was").Select(k => k with { Required = false })]);

    public static TypedKind Schedulers { get; } = new("a scheduler", new Dictionary<string, Shape> { ["single-branch"] = SingleBranch, ["any-branch"] = AnyBranch, ["periodic"] = Periodic, ["nightly"] = Nightly, ["force"] = Force, ["triggerable"] = Triggerable },
        ["dependent", "try", "upstream", "matrix"]);

    public static Shape SecretSource { get; } = new("a source of secrets", "A place where secrets are looked up. With several, the first that has the secret wins.",
    [
        new("from", new WordKind(["env", "directory", "store"], []), "env: variables of the masters' environment; directory: files of a directory on the masters; store: what was written with `weir secret set` or on the page of secrets.", Required: true),
        new("prefix", new TextKind("a text", TextRules.SecretPrefix), "Of env: the secret NAME is the variable prefix + NAME.", "WEIR_SECRET_"),
        new("path", new TextKind("a path", TextRules.AbsolutePath), "Of directory: the secret NAME is the file NAME in it, without the newline at its end."),
    ]);

    public static Shape Root { get; } = new("a configuration", "The configuration of a Weir system, or a part of it.",
    [
        new("weir", new WordKind(["1"], []), "The version of this format: 1.", Required: true),
        new("title", Line, "The system's name as pages show it.", "Weir"),
        new("url", Url, "The public address, for links in mails and statuses."),
        new("projects", Named(new ShapeKind(Project)), "Projects by name."),
        new("codebases", Named(new ShapeKind(Codebase)), "Codebases by name."),
        new("changeSources", Named(ChangeSourceFormat.All), "What looks for changes, by name."),
        new("schedulers", Named(Schedulers), "What starts builds, by name."),
        new("workers", new MapKind("name", TextRules.WorkerName, TextRules.WorkerNamePattern, new ShapeKind(WorkerFormat.Worker), MaxBuilders), "Workers by name."),
        new("builders", Named(new ShapeKind(Builder)), "Builders by name."),
        new("secrets", new ListKind(new ShapeKind(SecretSource), Most: 100), "Where secrets are looked up, in order."),
        new("locks", Named(new ShapeKind(Lock)), "Locks by name."),
        new("parts", Named(new ShapeKind(PartFormat.Part)), "Parts of the configuration that teams keep in git repositories, by name. Only the admin's own parts declare them."),
        new("sharedDirectories", Named(new ShapeKind(SharedDirectory)), "Directories on a worker that builders share, by name."),
        new("templates", Named(new TakenShapeKind(BuilderTemplate)), "Templates of builders, by name."),
        Key.Later("reporters"),
    ]);

    private static IReadOnlyList<Key> WhenChanged =>
    [
        new("treeStable", new DurationKind(TimeSpan.Zero, TimeSpan.FromDays(7)), "Start when no further change came for so long.", "at once, each change by itself"),
        new("important", new ListKind(FileGlob, AllowSingle: true), "Patterns of files. A change that touches none of them rides along with the next important one, but starts nothing.", "all changes are important"),
        new("cancelOlder", new WordKind(["true", "false", "waiting"], []), "true: a newer change of the same branch or pull request ends what this scheduler started for older ones: requests that wait are cancelled, builds that run are stopped. waiting: only requests that wait.", "false"),
    ];

    private static IReadOnlyList<Key> ByTheClock =>
    [
        new("catchUp", new WordKind(["once", "skip", "all"], []), $"What to do about times that passed while no engine was there: one build for all of them, nothing, or one for each (the newest {CatchingUp.Most} at most).", "once"),
        new("onlyIfChanged", Flag, "Only if an important change came since the last firing; its buildset then carries all changes since. The first time it builds in any case.", "false"),
        new("changes", new ShapeKind(Changes), "Which changes count, with onlyIfChanged.", "those of the codebases that it builds, on their default branches"),
        new("important", new ListKind(FileGlob, AllowSingle: true), "Patterns of files, with onlyIfChanged: a change that touches none of them rides along, but is no reason to build.", "all changes are important"),
    ];

    private static Shape Checkout => new("git", "A checkout.",
    [
        new("codebase", Name, "The codebase.", Required: true),
        new("mode", new WordKind(CheckoutSpec.Modes, []), "incremental keeps files that git does not track, clean removes them but for ignored ones, fresh removes the ignored ones too, clobber clones anew, copy keeps a clone beside the build's directory and copies it there.", "incremental"),
        new("submodules", Flag, "Check out submodules too.", "false"),
        new("depth", new NumberKind(0, 1_000_000), "So many commits of history; 0: all. An older revision is fetched by itself, or, where the server does not give it out, with the whole history.", "0"),
        new("tags", Flag, "Fetch all tags, not only those of the commits that are fetched.", "false"),
        new("lfs", Flag, "Bring large files (git-lfs), if the repository has some; false leaves their pointers.", "true"),
        new("retries", new NumberKind(0, 20), "How often it is tried again, each time after a longer pause, when the network fails.", "2"),
        new("into", Path, "The directory, below the build's.", "."),
    ]);

    private static Shape Trigger => new("trigger", "What is started, and how.",
    [
        new("scheduler", Name, "A scheduler of type triggerable. Its name is no expression.", Required: true),
        new("wait", Flag, "true: the step lasts until all builds have ended, and has the worst of their results. Meanwhile the build lends its place on its worker to them, to one at a time. Stopping the build cancels them.", "false"),
        new("properties", new MapKind("property", TextRules.PropertyName, TextRules.PropertyPattern, Template), "Properties of the builds (one that is a single expression keeps its type). They win over those of the scheduler."),
        new("sourceStamps", new MapKind("codebase", TextRules.Name, TextRules.NamePattern, new ShapeKind(TriggerStamp)), "Codebases of which something else is built than what this build has.") { Refers = "codebases" },
        new("failFast", Flag, "true: when one of the builds fails, the others are cancelled.", "as the scheduler says"),
        new("inherit", new ListKind(Name, Most: 100, AllowSingle: true), "With `wait`: locks and shared directories that the build holds over this step and lets the builds use that it waits for. These take of what it holds instead of units of their own (of a lock of scope worker: on the same worker), together never more than that.", "none") { Refers = "locks sharedDirectories" },
        new("release", new WordKind(["worker"], []), "With `wait`, worker: the build gives its place on its worker up while it waits, to whoever comes, and asks for one on the same worker afterwards; before that it does not go on. Only where it holds no lock.", "it keeps its place, and lends it to those it waits for"),
    ]);

    private static Shape SetRun => new("a value from a command", "What a command prints, without the line end.", [new("run", Command, "The command.", Required: true)]);

    private static ListKind Held(Shape use) => new(new EitherKind("a lock's name, or a map", Name, new ShapeKind(use), YamlKind.Map), Most: 100, AllowSingle: true);

    private static MapKind Named(Kind value) => new("name", TextRules.Name, TextRules.NamePattern, value, MaxBuilders);

    private static string? ExitCode(string text) => int.TryParse(text, System.Globalization.NumberStyles.AllowLeadingSign, System.Globalization.CultureInfo.InvariantCulture, out _) ? null : $"An exit code is a whole number, not \"{text}\".";

    private static Shape Scheduler(string type, string description, IReadOnlyList<Key> own) => new($"a {type} scheduler", description,
    [
        Key.Type(type),
        Key.Was("when it fired last, what it waits for, its pause and whether it is switched off go with it"),
        .. own,
        new("builders", new ListKind(Name, Least: 1, AllowSingle: true), "The builders it starts.", Required: true),
        new("codebases", new ListKind(Name, AllowSingle: true), "The codebases that its buildsets carry.", "those that its builders check out"),
        new("properties", Properties, "Properties of its builds."),
        new("priority", Priority, "Of its requests; higher goes first.", "0"),
        new("reason", Line, "Why its builds are made, as pages show it."),
        new("enabled", Flag, "false: it starts nothing.", "true"),
        new("failFast", Flag, "true: when one build of a buildset fails, what waits of the buildset is cancelled and what runs is stopped.", "false"),
    ]);

    private static Shape Step(string kind, string description, params Key[] own) => new($"a {kind} step", description,
    [
        .. own,
        new("name", new TextKind("a name", TextRules.StepName), "Its name, also in `steps.NAME` of expressions. A name that stands twice gets a number: x, x-2.", "from what it does"),
        new("if", Expression, "An expression (with or without ${{ }}) that must be true for it to run. One that calls success(), failure(), always() or cancelled() decides itself what an earlier failure means.", "success()"),
        new("haltOnFailure", Flag, "When it fails, only steps marked alwaysRun follow.", "true"),
        new("flunkOnFailure", Flag, "When it fails, the build fails.", "true"),
        new("warnOnFailure", Flag, "When it fails, the build has warnings.", "false"),
        new("flunkOnWarnings", Flag, "When it has warnings, the build fails.", "false"),
        new("warnOnWarnings", Flag, "When it has warnings, the build has warnings.", "false"),
        new("alwaysRun", Flag, "It runs even when an earlier step halted the build or the build is being stopped.", "false"),
        new("timeout", new DurationKind(TimeSpan.FromSeconds(1), TimeSpan.FromDays(30), Never: true), "It is ended after so long without output.", "20m"),
        new("maxTime", new DurationKind(TimeSpan.FromSeconds(1), TimeSpan.FromDays(30), Never: true), "It is ended after so long in all.", "never"),
        new("interruptSignal", new WordKind(CommandSpec.Signals, []), "The first signal to its processes when it is ended early.", "TERM"),
        new("sigtermTime", new DurationKind(TimeSpan.Zero, TimeSpan.FromHours(1)), "From that signal until what is left is killed.", "10s"),
        new("locks", Held(LockUse), "Locks that it holds while it runs. All are taken together; it waits for them without a limit.") { Refers = "locks" },
        new("shared", new MapKind("shared directory", TextRules.Name, TextRules.NamePattern, new WordKind(["write", "read"], []), Most: 20), "Shared directories that it uses, each with write (nobody else uses it meanwhile) or read (others may read it too). Its commands find the paths in `$WEIR_SHARED_NAME` (the name in capitals, _ for -). Taken together with its locks.") { Refers = "sharedDirectories" },
    ]);
}
