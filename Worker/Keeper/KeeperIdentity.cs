using Weir.Worker.Journal;

namespace Weir.Worker.Keeper;

/// <summary>
/// Who a keeper is towards the engines. Another identity means: what ran may be gone. A keeper that leaves in peace, with nothing running, passes its own on to the next one,
/// so that an order which was on its way meanwhile is not taken for lost.
/// </summary>
internal static class KeeperIdentity
{
    /// <summary>The identity that was passed on, which can be taken once; else a new one.</summary>
    public static Guid Take(WorkDirectory work)
    {
        try
        {
            var passed = Guid.TryParse(File.ReadAllText(work.KeeperIdentity), out var identity) ? identity : Guid.NewGuid();
            File.Delete(work.KeeperIdentity);
            return passed;
        }
        catch (IOException)
        {
            return Guid.NewGuid();
        }
    }

    /// <summary>The keeper leaves in peace.</summary>
    public static void PassOn(WorkDirectory work, Guid identity)
    {
        try
        {
            // Whole or not at all; a power cut changes the machine's boot in any case.
            File.WriteAllText(work.KeeperIdentity + ".new", identity.ToString());
            File.Move(work.KeeperIdentity + ".new", work.KeeperIdentity, overwrite: true);
        }
        catch (IOException)
        {
            // no room, or no directory any more: the next one is another
        }
    }
}
