using System.Text.Json.Nodes;

namespace Weir.Cli.Connection;

/// <summary>Server and token as <c>weir login</c> left them, in a file that only its owner can read.</summary>
internal sealed record SavedSignIn(string Server, string Token)
{
    public static string File => Path.Combine(
        ServerOptions.Variable("XDG_CONFIG_HOME") ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".config"),
        "weir", "sign-in.json");

    public static SavedSignIn? Read()
    {
        try
        {
            return System.IO.File.Exists(File) && JsonNode.Parse(System.IO.File.ReadAllText(File)) is JsonObject saved && saved["server"]?.GetValue<string>() is { } server && saved["token"]?.GetValue<string>() is { } token
                ? new(server, token)
                : null;
        }
        catch (Exception e) when (e is System.Text.Json.JsonException or IOException or UnauthorizedAccessException or InvalidOperationException)
        {
            throw new CommandException(ExitCode.Failed, $"The saved sign-in {File} cannot be read: {e.Message} Run `weir login` again.");
        }
    }

    /// <summary>Answers where it was saved.</summary>
    public string Save()
    {
        PrivateFile.Write(File, new JsonObject { ["server"] = Server, ["token"] = Token }.ToJsonString());
        return File;
    }

    public static void Forget() => System.IO.File.Delete(File);
}

/// <summary>Files that nobody but their owner reads.</summary>
internal static class PrivateFile
{
    public static void Write(string file, string text)
    {
        var folder = Path.GetDirectoryName(file)!;
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (OperatingSystem.IsWindows())
            Directory.CreateDirectory(folder);
        else
        {
            Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            // The mode above counts only for a new file.
            File.Delete(file);
        }
        using var writer = new StreamWriter(file, options);
        writer.Write(text);
    }
}
