using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Identity;
using Weir.Shared.Identity;

namespace Weir.App.Server.Identity;

/// <summary>Hashes and checks passwords. An unknown user costs as much time as a known one, so the answer's time tells nothing.</summary>
internal sealed class Passwords
{
    private const int MostVerified = 1000;
    private readonly PasswordHasher<string> hasher = new();
    private readonly string hashOfNobody;
    private readonly byte[] key = RandomNumberGenerator.GetBytes(32);

    // Scripts send name and password with each request; the slow hash is worked out once for each password that was right, and remembered under a key of this process.
    private readonly ConcurrentDictionary<string, string> verified = new();

    public Passwords() => hashOfNobody = hasher.HashPassword("", Generate());

    /// <summary>A password that nobody guesses and that can be typed.</summary>
    public static string Generate() => RandomNumberGenerator.GetString("abcdefghijkmnpqrstuvwxyz23456789", 20);

    public string Hash(string user, string password) => hasher.HashPassword(user, password);

    public bool Verify(UserRecord? user, string password)
    {
        var fingerprint = Convert.ToBase64String(HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(password)));
        if (user is not null && verified.TryGetValue(fingerprint, out var hash) && hash == user.PasswordHash)
            return true;
        var right = hasher.VerifyHashedPassword(user?.Name ?? "", user?.PasswordHash ?? hashOfNobody, password) != PasswordVerificationResult.Failed && user is not null;
        if (right)
        {
            if (verified.Count >= MostVerified)
                verified.Clear();
            verified[fingerprint] = user!.PasswordHash;
        }
        return right;
    }
}
