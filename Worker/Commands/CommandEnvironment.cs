using System.Collections;
using Weir.Worker.Journal;

namespace Weir.Worker.Commands;

/// <summary>The environment of a command's processes: the worker's without its secrets, what the order says, and what Weir promises.</summary>
internal static class CommandEnvironment
{
    private static readonly string[] Own = ["WEIR_WORKER_TOKEN", Shared.Protocol.Crash.Variable];

    public static IReadOnlyDictionary<string, string> Of(AcceptedOrder order, WorkDirectory work, string mark, IReadOnlyDictionary<string, string> secrets)
    {
        var all = Inherited();
        all["CI"] = "true";
        foreach (var (name, value) in order.Spec.Env)
        {
            if (name.Length == 0 || name.Contains('=', StringComparison.Ordinal))
                throw new Keeper.CannotStartException($"\"{name}\" cannot be the name of an environment variable.");
            if (value is null)
                all.Remove(name);
            else
                all[name] = value;
        }
        foreach (var (name, parts) in order.Spec.SecretEnv)
        {
            if (name.Length == 0 || name.Contains('=', StringComparison.Ordinal))
                throw new Keeper.CannotStartException($"\"{name}\" cannot be the name of an environment variable.");
            all[name] = string.Concat(parts.Select(p => p.Text ?? secrets.GetValueOrDefault(p.Secret ?? "")));
        }
        foreach (var (name, path) in Directories.SharedUses.Variables(order.Spec, work))
            all[name] = path;
        all["WEIR"] = "1";
        all["WEIR_COMMAND"] = order.Command.ToString(System.Globalization.CultureInfo.InvariantCulture);
        all["WEIR_OUTPUT"] = work.Output(order.Command);
        all[CommandSession.MarkName] = mark;
        return all;
    }

    /// <summary>What this program was started with, minus what only the worker may know.</summary>
    public static Dictionary<string, string> Inherited()
    {
        var all = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (DictionaryEntry entry in Environment.GetEnvironmentVariables())
        {
            if (entry is { Key: string name, Value: string value } && !Own.Contains(name))
                all[name] = value;
        }
        return all;
    }
}
