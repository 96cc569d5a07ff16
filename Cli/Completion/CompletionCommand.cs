using System.CommandLine;
using System.CommandLine.Completions;
using Weir.Cli.Commands;
using Weir.Cli.Connection;

namespace Weir.Cli.Completion;

/// <summary><c>weir completion bash|zsh|fish</c> prints a script; the scripts ask <c>weir complete TEXT</c>, hidden, for the words that may follow.</summary>
internal static class CompletionCommand
{
    private static readonly Dictionary<string, string> Scripts = new()
    {
        ["bash"] = """
            # weir completion for bash. Once: eval "$(weir completion bash)", or keep it in ~/.local/share/bash-completion/completions/weir
            _weir() {
                local IFS=$'\n' word=${COMP_LINE:0:$COMP_POINT} item
                COMPREPLY=()
                while IFS=$'\t' read -r item _; do
                    [[ -n $item ]] && COMPREPLY+=("$(printf %q "$item")")
                done < <("${COMP_WORDS[0]}" complete "$word" 2>/dev/null)
                # Without a word of ours the shell offers files.
                # Readline takes : and = for the ends of words.
                if declare -F __ltrim_colon_completions >/dev/null; then __ltrim_colon_completions "${COMP_WORDS[COMP_CWORD]}"; fi
            }
            complete -o default -F _weir weir

            """,
        ["zsh"] = """
            #compdef weir
            # weir completion for zsh. Once: source <(weir completion zsh), or keep it as _weir in a folder of $fpath
            _weir() {
                local -a items
                local line
                for line in ${(f)"$(${words[1]} complete "${(j: :)words[1,CURRENT]}" 2>/dev/null)"}; do
                    items+=("${${line%%$'\t'*}//:/\\:}:${line#*$'\t'}")
                done
                if (( $#items )); then _describe -V weir items; else _files; fi
            }
            if [[ ${funcstack[1]} == _weir ]]; then _weir "$@"; else compdef _weir weir; fi

            """,
        ["fish"] = """
            # weir completion for fish: weir completion fish > ~/.config/fish/completions/weir.fish
            complete -c weir -f -a '(weir complete (commandline -cp) 2>/dev/null)'

            """,
    };

    public static Command Make()
    {
        var shell = new Argument<string>("SHELL") { Description = "bash, zsh or fish" };
        shell.CompletionSources.Add([.. Scripts.Keys]);
        var command = new Verb("completion", "Print the script that teaches a shell to complete weir's commands, options and names",
            "eval \"$(weir completion bash)\"", "weir completion fish > ~/.config/fish/completions/weir.fish") { shell };
        command.SetAction(given =>
        {
            Console.Write(Scripts.TryGetValue(given.GetValue(shell)!, out var script) ? script : throw new CommandException(ExitCode.Usage, $"{given.GetValue(shell)}: bash, zsh and fish are possible."));
            return ExitCode.Done;
        });
        return command;
    }

    /// <summary>What may follow: one word a line, and behind a tab what it is.</summary>
    public static Command Words(RootCommand root)
    {
        var text = new Argument<string>("TEXT") { Description = "The line up to the cursor" };
        var command = new Command("complete", "For completion scripts") { text };
        command.Hidden = true;
        command.SetAction(given =>
        {
            var line = given.GetValue(text)!;
            foreach (var item in root.Parse(line).GetCompletions(line.Length).Where(i => i.Label is not ("/?" or "/h" or "-?" or "--version")).DistinctBy(i => i.Label))
                Console.WriteLine(item.Label + '\t' + (Described(item) ?? ""));
            return ExitCode.Done;
        });
        return command;
    }

    // The first sentence will do.
    private static string? Described(CompletionItem item) => item.Detail?.Split('\n', ';', ':')[0];
}
