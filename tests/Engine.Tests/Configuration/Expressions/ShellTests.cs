using System.Diagnostics;
using System.Text;
using System.Text.Json.Nodes;
using Weir.Engine.Configuration.Expressions;

namespace Weir.Engine.Tests.Configuration.Expressions;

/// <summary>Values in shell texts, proved on real shells.</summary>
public sealed class ShellTests
{
    private static readonly string[] Hostile =
    [
        "$(touch {0})", "`touch {0}`", "; touch {0}", "&& touch {0}", "| touch {0}", "\"; touch {0}; \"", "'; touch {0}; '", "\n touch {0}\n", "${IFS}touch${IFS}{0}",
        "a b  c", "*", "~", "$HOME", "${x:=1}", "\\", "\\\"", "#", "!", "a'b\"c", ")", "}", "EOF", "\t", "é\u2028 ", "%s %d", "", "$((1+1))", "{a,b}", "-",
    ];

    private static readonly string[] Texts =
    [
        "printf '[%s]' ${{ v.x }}",
        "printf '[%s]' \"${{ v.x }}\"",
        "x=${{ v.x }}; printf '[%s]' \"$x\"",
        "printf '[%s]' ''${{ v.x }}''",
        "# it's a comment \"\nprintf '[%s]' ${{ v.x }}",
        "printf '[%s]' \"$(printf '%s|' \"${{ v.x }}\" | sed 's/|$//')\"",
        "(printf '[%s]' ${{ v.x }})",
        "if [ -z ${{ v.x }} ]; then printf '[%s]' \"\"; else printf '[%s]' ${{ v.x }}; fi",
        "cat <<EOF >/dev/null\n it's $(echo text) \"\nEOF\nprintf '[%s]' ${{ v.x }}",
        "cat <<-'E F' >/dev/null\n\t`\n\tE F\nprintf '[%s]' \"${{ v.x }}\"",
        "printf '[%s]' \"\\\"\" >/dev/null; printf '[%s]' ${{ v.x }}",
        "case ${{ v.x }} in ${{ v.x }}) printf '[%s]' ${{ v.x }};; esac",
        "sh -c 'printf \"[%s]\" \"$1\"' sh ${{ v.x }}",
        "f() { printf '[%s]' \"$1\"; }; f ${{ v.x }}",
        "echo ${#HOME} $# >/dev/null; printf '[%s]' ${{ v.x }}",
        "echo $((1 << 2)) >/dev/null; printf '[%s]' ${{ v.x }}",
    ];

    [Theory]
    [InlineData("sh")]
    [InlineData("bash")]
    public async Task Whatever_a_value_holds_stays_one_literal_word(string shell)
    {
        var folder = Directory.CreateTempSubdirectory("weir-shell");
        try
        {
            foreach (var text in Texts)
            {
                // Each value in a subshell of one process: a process for each would take minutes.
                var (script, env, values) = (new StringBuilder(), new Dictionary<string, string>(), new List<string>());
                foreach (var hostile in Hostile)
                {
                    values.Add(hostile.Replace("{0}", Path.Combine(folder.FullName, $"made{values.Count}"), StringComparison.Ordinal));
                    var context = new EvaluationContext { Contexts = new Dictionary<string, JsonNode?> { ["v"] = new JsonObject { ["x"] = values[^1] } } };
                    var made = Template.Parse(text).Shell(context, env.Count + 1);
                    script.Append("(\n").Append(made.Text).Append("\n)\nprintf '\\001'\n");
                    foreach (var (name, value) in made.Env)
                        env.Add(name, value);
                }

                var outputs = (await Run(shell, new(script.ToString(), env, new Dictionary<string, string>()), folder.FullName)).Split('\u0001');

                Assert.Equal(values.Count + 1, outputs.Length);
                foreach (var (value, output) in values.Zip(outputs))
                {
                    // A command substitution drops trailing newlines; that is the shell's, not ours.
                    var expected = text.Contains("$(printf", StringComparison.Ordinal) ? value.TrimEnd('\n') : value;
                    Assert.True($"[{expected}]" == output, $"{text}\nwith {value}\nprinted {output}");
                }
                Assert.Equal("", outputs[^1]);
                Assert.Empty(folder.EnumerateFileSystemInfos());
            }
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public void Each_expression_gets_a_variable_of_its_own()
    {
        var context = new EvaluationContext { Contexts = new Dictionary<string, JsonNode?> { ["v"] = new JsonObject { ["a"] = 1, ["b"] = "x y" } } };

        var text = Template.Parse("make -j${{ v.a }} \"T=${{ v.b }}\" ${{ v.c }}").Shell(context, 5);

        Assert.Equal("make -j\"${WEIR_5}\" \"T=${WEIR_6}\" \"${WEIR_7}\"", text.Text);
        Assert.Equal(new Dictionary<string, string> { ["WEIR_5"] = "1", ["WEIR_6"] = "x y", ["WEIR_7"] = "" }, text.Env);
    }

    [Theory]
    [InlineData("echo '${{ v.x }}'", 6, "Within single quotes")]
    [InlineData("echo $'a${{ v.x }}'", 8, "Within single quotes")]
    [InlineData("cat <<EOF\n${{ v.x }}\nEOF", 10, "In a here-document")]
    [InlineData("cat <<'EOF'\n${{ v.x }}\nEOF", 12, "In a here-document")]
    [InlineData("cat <<${{ v.x }}", 6, "In a here-document")]
    [InlineData("echo `echo ${{ v.x }}`", 11, "Within backticks")]
    [InlineData("echo $((1 + ${{ v.x }}))", 12, "In arithmetic")]
    [InlineData("((x = ${{ v.x }}))", 6, "In arithmetic")]
    [InlineData("echo ${Y:-${{ v.x }}}", 10, "Within ${…} of the shell")]
    [InlineData("echo \"${Y:-${{ v.x }}}\"", 11, "Within ${…} of the shell")]
    [InlineData("echo \\${{ v.x }}", 6, "A backslash directly before")]
    [InlineData("echo \"\\${{ v.x }}\"", 7, "A backslash directly before")]
    [InlineData("echo $${{ v.x }}", 6, "A $ directly before")]
    [InlineData("eval \"echo ${{ v.x }}\"", 11, "read again (eval, sh -c, ssh)")]
    [InlineData("sudo /bin/sh -ec \"echo ${{ v.x }}\"", 23, "read again")]
    [InlineData("python3 -c \"print(${{ v.x }})\"", 18, "read again")]
    [InlineData("ssh host rm ${{ v.x }}", 12, "read again")]
    [InlineData("echo \"$(case a in a) echo b;; esac)\" ${{ v.x }}", 37, "cannot be sure")]
    [InlineData("echo $'it\\'s' ${{ v.x }}", 14, "cannot be sure")]
    public void Where_a_value_cannot_be_put_safely_it_is_refused_with_what_to_write(string text, int offset, string message)
    {
        var template = Template.Parse(text);

        var problem = Assert.Single(template.ShellProblems);
        Assert.Equal(offset, problem.Offset);
        Assert.Contains(message, problem.Message, StringComparison.Ordinal);
        Assert.Throws<ExpressionException>(() => template.Shell(new EvaluationContext { Contexts = new Dictionary<string, JsonNode?> { ["v"] = null } }, 1));
    }

    [Fact]
    public void What_no_command_can_be_given_is_refused()
    {
        foreach (var value in new[] { "a\0b", new string('x', 130_000) })
        {
            var context = new EvaluationContext { Contexts = new Dictionary<string, JsonNode?> { ["v"] = value } };
            Assert.Throws<ExpressionException>(() => Template.Parse("echo ${{ v }}").Shell(context, 1));
        }
    }

    private static async Task<string> Run(string shell, ShellText text, string folder)
    {
        var start = new ProcessStartInfo(shell, ["-c", text.Text]) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = folder };
        foreach (var (name, value) in text.Env)
            start.Environment[name] = value;
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return await output + await errors;
    }
}
