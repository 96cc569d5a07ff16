using Weir.App.Server.Hosting;
using Weir.Engine.Identity;
using Weir.Shared.Identity;

namespace Weir.App.Server.Identity;

/// <summary>The first account of a new store: <c>admin</c>, with the password that the environment gives, else one that is made and printed once.</summary>
internal sealed class FirstAdmin(UserStore users, Passwords passwords, HostSettings settings)
{
    public const string Name = "admin";

    public async Task Create(CancellationToken cancellation)
    {
        if (await users.AnyUser(cancellation))
            return;
        var password = settings.AdminPassword ?? Passwords.Generate();
        if (!await users.SaveFirstUser(Name, passwords.Hash(Name, password), [Right.Admin], Actor.Weir("first start"), cancellation))
            return;
        Console.WriteLine(settings.AdminPassword is null
            ? $"\n  First start. Sign in as {Name} with the password {password}\n  It is shown only now."
            : $"\n  First start. Sign in as {Name} with the password from WEIR_ADMIN_PASSWORD.");
    }
}
