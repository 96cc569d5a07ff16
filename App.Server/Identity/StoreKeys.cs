using System.Xml.Linq;
using Microsoft.AspNetCore.DataProtection.Repositories;
using Weir.Engine.Identity;

namespace Weir.App.Server.Identity;

/// <summary>Data protection's keys, read from and written to the store.</summary>
internal sealed class StoreKeys(ProtectionKeys keys) : IXmlRepository
{
    // The framework's interface is synchronous; it is asked at start and once a day.
    public IReadOnlyCollection<XElement> GetAllElements() => [.. keys.All(CancellationToken.None).GetAwaiter().GetResult().Select(XElement.Parse)];

    public void StoreElement(XElement element, string friendlyName) => keys.Add(friendlyName, element.ToString(SaveOptions.DisableFormatting), CancellationToken.None).GetAwaiter().GetResult();
}
