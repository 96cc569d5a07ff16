using System.Collections.Concurrent;
using System.Globalization;
using System.Runtime.InteropServices;

namespace Weir.Shared.Protocol;

/// <summary>Dies at a named place when a test asks for it with <c>WEIR_CRASH=point:n[:kill|stop]</c> (the n-th time it comes by, from 1); otherwise does nothing and costs a null check.</summary>
public static partial class Crash
{
    /// <summary>Name of the environment variable.</summary>
    public const string Variable = "WEIR_CRASH";
    private const int Kill = 9;
    private const int Stop = 19;
    private static readonly Plan? Asked = Plan.Parse(Environment.GetEnvironmentVariable(Variable));

    /// <summary>A place where the program may die: before or after something durable.</summary>
    public static void At(string point) => Asked?.Hit(point);

    private sealed class Plan(string point, int hit, int signal)
    {
        private readonly ConcurrentDictionary<string, int> _hits = new();

        public static Plan? Parse(string? text)
        {
            if (text?.Split(':') is not [var point, var count, .. var how] || !int.TryParse(count, CultureInfo.InvariantCulture, out var hit))
                return null;
            return new Plan(point, hit, how is ["stop"] ? Stop : Kill);
        }

        public void Hit(string at)
        {
            if (at != point || _hits.AddOrUpdate(at, 1, (_, n) => n + 1) != hit)
                return;
            Console.Error.WriteLine($"{Variable}: {at}");
            _ = SendSignal(Environment.ProcessId, signal);
        }
    }

    // No clean-up, no finally blocks, no flushing: as if the power of this one process were cut.
    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int SendSignal(int process, int signal);
}
