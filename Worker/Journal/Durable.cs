using System.ComponentModel;
using System.Runtime.InteropServices;
using Weir.Shared.Protocol;
using Weir.Worker.Keeper;

namespace Weir.Worker.Journal;

/// <summary>Writes that survive a power cut: when a method returns, the bytes and the directory's entry are on disk.</summary>
internal static class Durable
{
    /// <summary>Replaces a file as a whole: never half of it is seen.</summary>
    public static void Write(string path, ReadOnlySpan<byte> bytes, string crashPoint)
    {
        var fresh = path + ".new";
        using (var handle = File.OpenHandle(fresh, FileMode.Create, FileAccess.Write))
        {
            File.SetUnixFileMode(handle, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            RandomAccess.Write(handle, bytes, 0);
            Crash.At(crashPoint + ".before-sync");
            RandomAccess.FlushToDisk(handle);
        }
        Crash.At(crashPoint + ".before-rename");
        File.Move(fresh, path, overwrite: true);
        SyncDirectory(Path.GetDirectoryName(path)!);
        Crash.At(crashPoint + ".after-sync");
    }

    /// <summary>Makes new, renamed or removed entries of a directory last.</summary>
    public static void SyncDirectory(string path)
    {
        var handle = Libc.Open(path, Libc.CloseOnExec | Libc.Directory);
        if (handle < 0)
            throw new IOException($"Cannot open {path}: {new Win32Exception(Marshal.GetLastPInvokeError()).Message}");
        try
        {
            if (Libc.Sync(handle) != 0)
                throw new IOException($"Cannot sync {path}: {new Win32Exception(Marshal.GetLastPInvokeError()).Message}");
        }
        finally
        {
            _ = Libc.Close(handle);
        }
    }
}
