using System.Globalization;
using Weir.Shared.Protocol;

namespace Weir.Worker.Commands.Checkouts;

/// <summary>Runs git for a checkout, one process after the other, in the command's log: without prompts, without hooks, and never in a repository above its directory.</summary>
internal sealed class Git
{
    private static readonly string[] Misleading =
        ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_COMMON_DIR", "GIT_NAMESPACE", "GIT_PREFIX"];

    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(1);
    private readonly CommandSession _session;
    private readonly string _directory;
    private readonly int _retries;
    private readonly Dictionary<string, string> _environment;
    private ProcessEnd _last = new(EndKind.Exited, 0, null, null);

    public Git(CommandSession session, string directory, CheckoutSpec spec)
    {
        _session = session;
        _directory = directory;
        _retries = spec.Retries;
        _environment = new(session.EnvironmentWith(
            ("GIT_TERMINAL_PROMPT", "0"),
            ("LC_ALL", "C.UTF-8"), // what it says is read here
            ("GIT_CEILING_DIRECTORIES", Path.GetDirectoryName(directory)!)));
        foreach (var name in Misleading)
            _environment.Remove(name);
        Configure("core.hooksPath", "/dev/null");
        Configure("advice.detachedHead", "false");
        Configure("submodule.recurse", "false");
        // In the background it would outlive the command and meet the next one.
        Configure("gc.autoDetach", "false");
        Configure("maintenance.autoDetach", "false");
        if (CheckoutNames.IsLocal(spec.Repository))
            Configure("protocol.file.allow", "always");
    }

    /// <summary>Somebody, or a time-out, has ended us: nothing may be started any more.</summary>
    public bool Stopped => _last.Kind != EndKind.Exited;

    /// <summary>Why the last git failed, as far as it can be told from its words.</summary>
    public GitTrouble Trouble { get; private set; }

    /// <summary>Runs git; true if it succeeded.</summary>
    public bool Do(params IReadOnlyList<string> arguments) => Run(null, arguments);

    /// <summary>The same for what needs the network: when that fails it is tried again, each time after a longer pause.</summary>
    public bool DoOverNetwork(params IReadOnlyList<string> arguments)
    {
        var pause = TimeSpan.FromSeconds(1);
        for (var attempt = 1; ; attempt++)
        {
            if (Run(null, arguments))
                return true;
            if (Stopped || Trouble != GitTrouble.Network || attempt > _retries)
                return false;
            _session.Log.Header($"The network failed. Trying again in {Durations.InWords(pause)} (attempt {attempt + 1} of {_retries + 1}).");
            if (_session.Pause(pause) is { } stopped)
            {
                _session.Log.Header(stopped.Reason);
                _last = new(stopped.Kind, null, null, stopped.Reason);
                return false;
            }
            pause = pause * 4 < LongestPause ? pause * 4 : LongestPause;
        }
    }

    /// <summary>Runs git and gives the first line of its answer.</summary>
    public bool Ask(out string answer, params IReadOnlyList<string> arguments)
    {
        var capture = new Capture();
        var good = Run(capture, arguments);
        answer = good ? capture.Text.Split('\n')[0] : "";
        return good;
    }

    /// <summary>Runs another program in the checkout's directory, with git's environment.</summary>
    public bool RunOther(params IReadOnlyList<string> arguments) => Run(null, arguments, null);

    /// <summary>The end of the command after a git that did not succeed.</summary>
    public EndedFrame Failure(string reason)
    {
        if (!Stopped)
            _session.Log.Header(reason);
        return new()
        {
            Kind = _last.Kind,
            ExitCode = _last.Kind == EndKind.Exited && _last.Signal is null ? _last.ExitCode is null or 0 ? 1 : _last.ExitCode : null,
            Signal = _last.Signal,
            Reason = _last.Reason ?? reason,
        };
    }

    /// <summary>A variable of git and of all that it starts.</summary>
    public void Set(string name, string value) => _environment[name] = value;

    /// <summary>By the environment instead of -c: it reaches the git processes of submodules too, and the log stays readable.</summary>
    public void Configure(string name, string value)
    {
        var count = int.TryParse(_environment.GetValueOrDefault("GIT_CONFIG_COUNT"), CultureInfo.InvariantCulture, out var n) ? n : 0;
        _environment[FormattableString.Invariant($"GIT_CONFIG_KEY_{count}")] = name;
        _environment[FormattableString.Invariant($"GIT_CONFIG_VALUE_{count}")] = value;
        _environment["GIT_CONFIG_COUNT"] = FormattableString.Invariant($"{count + 1}");
    }

    /// <summary>Whether a program of this name is in the PATH that git has.</summary>
    public bool Has(string program) => _environment.GetValueOrDefault("PATH", "/usr/local/bin:/usr/bin:/bin").Split(':').Any(folder => folder.Length > 0 && File.Exists(Path.Combine(folder, program)));

    private bool Run(Capture? capture, IReadOnlyList<string> arguments, string? program = "git")
    {
        if (Stopped)
            return false;
        var errors = new Capture();
        var all = program is null ? arguments : (IReadOnlyList<string>)[program, .. arguments];
        _last = _session.Run(new(all, _directory, _environment), $"$ {CommandLine.Of(all)}", capture, errors);
        Trouble = _last.Good ? GitTrouble.None : GitTroubles.Of(errors.Text);
        return _last.Good;
    }
}
