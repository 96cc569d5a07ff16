using Microsoft.Extensions.DependencyInjection;
using Weir.Shared.Identity;

namespace Weir.Engine.Identity;

/// <summary>Registers users, tokens and the keys that protect cookies and forms.</summary>
public static class IdentityRegistration
{
    public static IServiceCollection AddIdentity(this IServiceCollection services) => services
        .AddSingleton<UserStore>()
        .AddSingleton<IUserStore>(p => p.GetRequiredService<UserStore>())
        .AddSingleton<ITokenStore, TokenStore>()
        .AddSingleton<ProtectionKeys>();
}
