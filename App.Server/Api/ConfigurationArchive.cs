using System.Globalization;
using System.IO.Compression;
using System.Text;
using Weir.Shared.Configuration;

namespace Weir.App.Server.Api;

/// <summary>A revision as a zip archive of its parts, to be kept or edited elsewhere.</summary>
internal static class ConfigurationArchive
{
    public static async Task Send(long id, HttpContext context, IConfigurationQueries configuration)
    {
        var cancellation = context.RequestAborted;
        if (await configuration.Find(id, cancellation) is not { } revision)
        {
            await Problems.NotFound($"revision {id}").ExecuteAsync(context);
            return;
        }
        context.Response.ContentType = "application/zip";
        context.Response.Headers.ContentDisposition = string.Create(CultureInfo.InvariantCulture, $"attachment; filename=weir-configuration-{id}.zip");
        using var buffer = new MemoryStream();
        using (var archive = new ZipArchive(buffer, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var part in revision.Parts)
            {
                // A part is named by whoever applied it: it must not lead an unpacker out of its folder.
                var entry = archive.CreateEntry(part.Name.Replace('\\', '/').Split('/')[^1] is { Length: > 0 } name and not ("." or "..") ? name : "part.yaml");
                entry.LastWriteTime = revision.CreatedAt;
                await using var writer = new StreamWriter(await entry.OpenAsync(cancellation), new UTF8Encoding(false));
                await writer.WriteAsync(part.Text.AsMemory(), cancellation);
            }
        }
        buffer.Position = 0;
        await buffer.CopyToAsync(context.Response.Body, cancellation);
    }
}
