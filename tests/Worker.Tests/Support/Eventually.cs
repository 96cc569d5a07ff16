using System.Diagnostics;

namespace Weir.Worker.Tests.Support;

/// <summary>Waits for what other processes do and nobody announces.</summary>
public static class Eventually
{
    public static Task Holds(Func<bool> condition, string what, int seconds = 30) => Holds(() => Task.FromResult(condition()), what, seconds);

    public static async Task Holds(Func<Task<bool>> condition, string what, int seconds = 30)
    {
        var watch = Stopwatch.StartNew();
        while (!await condition())
        {
            if (watch.Elapsed.TotalSeconds > seconds)
                Assert.Fail($"Not after {seconds} s: {what}");
            await Task.Delay(20);
        }
    }

    /// <summary>Whether a process lives (a zombie does not).</summary>
    public static bool Lives(int process)
    {
        try
        {
            var text = File.ReadAllText($"/proc/{process}/stat");
            return text[(text.LastIndexOf(')') + 2)..][0] is not ('Z' or 'X');
        }
        catch (IOException)
        {
            return false;
        }
    }
}
