using Weir.Shared.Protocol;

namespace Weir.Worker.Commands;

/// <summary>Runs git for a checkout, one process after the other, in the command's log: without prompts, without hooks, and never in a repository above its directory.</summary>
internal sealed class Git
{
    private static readonly string[] Misleading =
        ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_COMMON_DIR", "GIT_NAMESPACE", "GIT_PREFIX"];

    private readonly CommandSession _session;
    private readonly string _directory;
    private readonly Dictionary<string, string> _environment;
    private ProcessEnd _last = new(EndKind.Exited, 0, null, null);

    public Git(CommandSession session, string directory, string repository)
    {
        _session = session;
        _directory = directory;
        _environment = new(session.EnvironmentWith(
            ("GIT_TERMINAL_PROMPT", "0"),
            ("GIT_CEILING_DIRECTORIES", Path.GetDirectoryName(directory)!)));
        foreach (var name in Misleading)
            _environment.Remove(name);
        Configure("core.hooksPath", "/dev/null");
        Configure("advice.detachedHead", "false");
        Configure("submodule.recurse", "false");
        // In the background it would outlive the command and meet the next one.
        Configure("gc.autoDetach", "false");
        Configure("maintenance.autoDetach", "false");
        if (CheckoutNames.IsLocal(repository))
            Configure("protocol.file.allow", "always");
    }

    /// <summary>Somebody, or a time-out, has ended us: nothing may be started any more.</summary>
    public bool Stopped => _last.Kind != EndKind.Exited;

    /// <summary>Runs git; true if it succeeded.</summary>
    public bool Do(params IReadOnlyList<string> arguments) => Run(null, arguments);

    /// <summary>Runs git and gives the first line of its answer.</summary>
    public bool Ask(out string answer, params IReadOnlyList<string> arguments)
    {
        var capture = new Capture();
        var good = Run(capture, arguments);
        answer = good ? capture.Text.Split('\n')[0] : "";
        return good;
    }

    /// <summary>The end of the command after a git that did not succeed.</summary>
    public EndedFrame Failure(string reason)
    {
        if (!Stopped)
            _session.Log.Header(reason);
        return new()
        {
            Kind = _last.Kind,
            ExitCode = _last.Signal is null ? _last.ExitCode is null or 0 ? 1 : _last.ExitCode : null,
            Signal = _last.Signal,
            Reason = _last.Reason ?? reason,
        };
    }

    private bool Run(Capture? capture, IReadOnlyList<string> arguments)
    {
        if (!Stopped)
            _last = _session.Run(new(["git", .. arguments], _directory, _environment), $"$ {CommandLine.Of(["git", .. arguments])}", capture);
        return _last.Good;
    }

    // By the environment instead of -c: it reaches the git processes of submodules too, and the log stays readable.
    private void Configure(string name, string value)
    {
        var count = int.TryParse(_environment.GetValueOrDefault("GIT_CONFIG_COUNT"), System.Globalization.CultureInfo.InvariantCulture, out var n) ? n : 0;
        _environment[FormattableString.Invariant($"GIT_CONFIG_KEY_{count}")] = name;
        _environment[FormattableString.Invariant($"GIT_CONFIG_VALUE_{count}")] = value;
        _environment["GIT_CONFIG_COUNT"] = FormattableString.Invariant($"{count + 1}");
    }
}
