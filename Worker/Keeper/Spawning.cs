using System.Runtime.InteropServices;
using System.Text;

namespace Weir.Worker.Keeper;

/// <summary>What to start, and where.</summary>
internal sealed record ProgramToRun(IReadOnlyList<string> Arguments, string Directory, IReadOnlyDictionary<string, string> Environment);

/// <summary>A program could not be started; the message is for the log.</summary>
internal sealed class CannotStartException(string message) : Exception(message);

/// <summary>
/// Starts programs in a session of their own, with the signals as a shell would give them (our runtime ignores some), nothing to read, and no handle of ours.
/// Not <c>System.Diagnostics.Process</c>: it installs its own waiting for children, which would take the exit codes of the orphans we adopt.
/// </summary>
internal static unsafe class Spawning
{
    private const short SetMask = 0x08;
    private const short SetDefaults = 0x04;
    private const short NewSession = 0x80;
    private const int OpaqueSize = 1024; // more than any C library's spawn attributes, file actions or signal set need

    /// <summary>The new process's id. Standard output and error go to the given handles.</summary>
    public static int Start(ProgramToRun program, int output, int error)
    {
        foreach (var text in program.Arguments.Concat(program.Environment.Values).Concat(program.Environment.Keys).Append(program.Directory))
        {
            if (text.Contains('\0', StringComparison.Ordinal))
                throw new CannotStartException("An argument or variable holds a NUL character, which no program can be given.");
        }
        if (program.Arguments.Count == 0 || program.Arguments[0].Length == 0)
            throw new CannotStartException("There is no program to start: the command is empty.");
        if (!Directory.Exists(program.Directory))
            throw new CannotStartException($"No such directory: {program.Directory}");
        var path = Resolve(program);
        var actions = NativeMemory.AllocZeroed(OpaqueSize);
        var attributes = NativeMemory.AllocZeroed(OpaqueSize);
        var signals = NativeMemory.AllocZeroed(OpaqueSize);
        using var arguments = new NativeStrings(program.Arguments);
        using var environment = new NativeStrings(program.Environment.Select(v => $"{v.Key}={v.Value}"));
        try
        {
            _ = Libc.ActionsInit(actions);
            _ = Libc.ActionsOpen(actions, 0, "/dev/null", 0, 0);
            _ = Libc.ActionsDuplicate(actions, output, 1);
            _ = Libc.ActionsDuplicate(actions, error, 2);
            _ = Libc.ActionsChangeDirectory(actions, program.Directory);
            CloseTheRest(actions);
            _ = Libc.AttributesInit(attributes);
            _ = Libc.AttributesFlags(attributes, SetMask | SetDefaults | NewSession);
            _ = Libc.AttributesSignalMask(attributes, signals);
            _ = Libc.FillSignals(signals);
            _ = Libc.AttributesDefaultSignals(attributes, signals);
            int process;
            var failure = Libc.Spawn(&process, path, actions, attributes, arguments.Pointer, environment.Pointer);
            if (failure != 0)
                throw new CannotStartException($"Cannot start {program.Arguments[0]}: {Marshal.GetPInvokeErrorMessage(failure)}{Hint(failure)}");
            return process;
        }
        finally
        {
            _ = Libc.ActionsDestroy(actions);
            _ = Libc.AttributesDestroy(attributes);
            NativeMemory.Free(actions);
            NativeMemory.Free(attributes);
            NativeMemory.Free(signals);
        }
    }

    /// <summary>Takes the exit of a child if it has ended; without this its entry would stay while we live. False while it runs.</summary>
    public static bool Collect(int process)
    {
        int status;
        return Libc.WaitProcess(process, &status, Libc.WaitNotAtAll) != 0;
    }

    // Ours are never inherited, but whoever started us may have left us some: they would keep a terminal or a pipe open for as long as a command runs.
    private static void CloseTheRest(void* actions)
    {
        try
        {
            _ = Libc.ActionsCloseFrom(actions, 3);
        }
        catch (EntryPointNotFoundException)
        {
            // an old C library
        }
    }

    private static string Hint(int failure) => failure switch
    {
        8 => " (is it a script without a first line like #!/bin/sh?)",
        2 => " (the file, or the interpreter that its first line names, is not there)",
        7 => " (arguments and environment together are too long)",
        _ => "",
    };

    // By the PATH that the program will have, not by ours; relative entries count from its directory.
    private static string Resolve(ProgramToRun program)
    {
        var name = program.Arguments[0];
        if (name.Contains('/', StringComparison.Ordinal))
            return Path.Combine(program.Directory, name);
        var path = program.Environment.GetValueOrDefault("PATH", "/usr/local/bin:/usr/bin:/bin");
        string? found = null;
        foreach (var folder in path.Split(':'))
        {
            var candidate = Path.Combine(program.Directory, folder, name);
            if (!File.Exists(candidate))
                continue;
            if ((File.GetUnixFileMode(candidate) & (UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute)) != 0)
                return candidate;
            found ??= candidate;
        }
        throw new CannotStartException(found is null ? $"No such program: {name} (looked in PATH={path})" : $"Not executable: {found}");
    }

    private sealed class NativeStrings : IDisposable
    {
        private readonly int _count;

        public NativeStrings(IEnumerable<string> texts)
        {
            var all = texts.ToArray();
            _count = all.Length;
            Pointer = (byte**)NativeMemory.AllocZeroed((nuint)(_count + 1), (nuint)sizeof(byte*));
            for (var i = 0; i < _count; i++)
            {
                var size = Encoding.UTF8.GetByteCount(all[i]);
                Pointer[i] = (byte*)NativeMemory.Alloc((nuint)size + 1);
                Encoding.UTF8.GetBytes(all[i], new Span<byte>(Pointer[i], size));
                Pointer[i][size] = 0;
            }
        }

        public byte** Pointer { get; }

        public void Dispose()
        {
            for (var i = 0; i < _count; i++)
                NativeMemory.Free(Pointer[i]);
            NativeMemory.Free(Pointer);
        }
    }
}
