using System.Runtime.InteropServices;
using Weir.Worker.Keeper;

namespace Weir.Worker.Commands.Following;

/// <summary>Which file stands at a path now: the framework does not say, and a name alone does not show that a file was replaced.</summary>
internal readonly record struct FileState(bool Regular, ulong Number, ulong Device, long Length, long ChangedAt, uint ChangedNanoseconds)
{
    // struct statx, the same on every Linux.
    private const int Size = 256;
    private const int Mode = 28;
    private const int Inode = 32;
    private const int Bytes = 40;
    private const int ChangedAtSeconds = 112;
    private const int Nanoseconds = 120;
    private const int DeviceAt = 136;
    private const uint Basic = 0x7ff;
    private const int Here = -100;

    /// <summary>Null if there is none.</summary>
    public static unsafe FileState? Of(string path)
    {
        var state = stackalloc byte[Size];
        if (Libc.Status(Here, path, 0, Basic, state) != 0)
            return null;
        return new((At<ushort>(state, Mode) & 0xf000) == 0x8000, At<ulong>(state, Inode), At<ulong>(state, DeviceAt), At<long>(state, Bytes), At<long>(state, ChangedAtSeconds), At<uint>(state, Nanoseconds));
    }

    public bool SameFile(FileState other) => Number == other.Number && Device == other.Device;

    private static unsafe T At<T>(byte* state, int offset)
        where T : unmanaged => MemoryMarshal.Read<T>(new ReadOnlySpan<byte>(state + offset, sizeof(T)));
}
