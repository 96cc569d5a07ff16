namespace Weir.Engine.Masters;

/// <summary>Which master this is, whatever it is called and wherever it runs: a number kept with its data.</summary>
internal static class MasterIdentity
{
    private const string FileName = "master.id";

    /// <summary>Reads it, or makes one. A file that holds something else is replaced: a new identity is a nuisance, none would be worse.</summary>
    public static Guid Of(string directory)
    {
        var path = Path.Combine(directory, FileName);
        if (File.Exists(path) && Guid.TryParse(File.ReadAllText(path), out var kept))
            return kept;
        Directory.CreateDirectory(directory);
        var made = Guid.NewGuid();
        File.WriteAllText(path, made.ToString());
        return made;
    }
}
