using System.Runtime.CompilerServices;
using System.Runtime.Loader;

namespace Weir.Client.Tests;

/// <summary>bUnit asks for AngleSharp.Diffing 1.0; the loader's last question may be answered with the older one, which does.</summary>
internal static class DiffingShim
{
    [ModuleInitializer]
    internal static void Init() => AssemblyLoadContext.Default.Resolving += static (context, name) =>
        name.Name == "AngleSharp.Diffing" ? context.LoadFromAssemblyPath(Path.Combine(AppContext.BaseDirectory, "diffing", "AngleSharp.Diffing.dll")) : null;
}
