using System.Text.Json.Nodes;

namespace Weir.Cli.Connection;

/// <summary>Server and token as <c>weir login</c> left them, in a file that only its owner can read.</summary>
internal sealed record SavedSignIn(string Server, string Token)
{
    private static string File => Path.Combine(
        Environment.GetEnvironmentVariable("XDG_CONFIG_HOME") is { Length: > 0 } given ? given : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".config"),
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
        var folder = Path.GetDirectoryName(File)!;
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (OperatingSystem.IsWindows())
            Directory.CreateDirectory(folder);
        else
        {
            Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            // The mode above counts only for a new file.
            System.IO.File.Delete(File);
        }
        using var writer = new StreamWriter(File, options);
        writer.Write(new JsonObject { ["server"] = Server, ["token"] = Token }.ToJsonString());
        return File;
    }
}
