using System.Security.Cryptography;
using System.Text;
using Weir.Engine.Changes.Hooks;

namespace Weir.Engine.Tests.Changes.Hooks;

public sealed class SignatureTests
{
    private const string Secret = "It's a Secret to Everybody";
    private static readonly byte[] Body = "Hello, World!"u8.ToArray();

    private static string? Complaint(string dialect, string secret, params (string Name, string[] Values)[] headers) =>
        HookSignature.Complaint(dialect, new(headers.Select(h => KeyValuePair.Create(h.Name, h.Values))), Body, secret);

    [Fact]
    public void The_example_of_GitHubs_manual_holds()
    {
        const string signature = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";

        Assert.Null(Complaint("github", Secret, ("X-Hub-Signature-256", [signature])));
        Assert.Null(Complaint("github", Secret, ("x-hub-signature-256", [signature.ToUpperInvariant().Replace("SHA256", "sha256", StringComparison.Ordinal)])));
        Assert.NotNull(Complaint("github", Secret + " ", ("X-Hub-Signature-256", [signature])));
    }

    [Theory]
    [InlineData("github", "X-Hub-Signature-256", "sha256=")]
    [InlineData("gitea", "X-Gitea-Signature", "")]
    [InlineData("gitea", "X-Forgejo-Signature", "")]
    [InlineData("gogs", "X-Gogs-Signature", "")]
    [InlineData("bitbucket", "X-Hub-Signature", "sha256=")]
    [InlineData("base", "X-Hub-Signature-256", "sha256=")]
    public void Each_forge_signs_in_its_own_header(string dialect, string header, string prefix)
    {
        var right = prefix + Payloads.Hex(Body, Secret);

        Assert.Null(Complaint(dialect, Secret, (header, [right])));
        Assert.Contains("does not fit", Complaint(dialect, "other", (header, [right])), StringComparison.Ordinal);
        Assert.Contains("does not fit", Complaint(dialect, Secret, (header, [right[..^1]])), StringComparison.Ordinal);
        Assert.Contains("more than once", Complaint(dialect, Secret, (header, [right, right])), StringComparison.Ordinal);
        Assert.Contains("not signed", Complaint(dialect, Secret, (header, [""])), StringComparison.Ordinal);
        Assert.Contains("not signed", Complaint(dialect, Secret), StringComparison.Ordinal);
    }

    [Fact]
    public void SHA_1_alone_is_not_enough()
    {
        var old = "sha1=" + new string('a', 40);

        Assert.Contains("SHA-1 only", Complaint("github", Secret, ("X-Hub-Signature", [old])), StringComparison.Ordinal);
        Assert.Contains("does not fit", Complaint("bitbucket", Secret, ("X-Hub-Signature", [old])), StringComparison.Ordinal);
    }

    [Fact]
    public void GitLab_sends_the_secret_itself_or_signs_as_Standard_Webhooks_say()
    {
        var key = RandomNumberGenerator.GetBytes(32);
        var token = "whsec_" + Convert.ToBase64String(key);
        var signature = "v1," + Convert.ToBase64String(HMACSHA256.HashData(key, Encoding.UTF8.GetBytes("msg_1.1795165200.Hello, World!")));
        (string, string[])[] signed = [("webhook-id", ["msg_1"]), ("webhook-timestamp", ["1795165200"]), ("webhook-signature", ["v1,AAAA " + signature])];

        Assert.Null(Complaint("gitlab", Secret, ("X-Gitlab-Token", [Secret])));
        Assert.Contains("is not the secret", Complaint("gitlab", Secret, ("X-Gitlab-Token", [Secret + "x"])), StringComparison.Ordinal);
        Assert.Null(Complaint("gitlab", token, signed));
        Assert.NotNull(Complaint("gitlab", Secret, signed));
        Assert.NotNull(Complaint("gitlab", token, signed[1..]));
    }

    [Fact]
    public void What_is_kept_for_later_is_enough_to_check_and_holds_no_secret()
    {
        var headers = new HookHeaders([KeyValuePair.Create("X-Gitlab-Token", new[] { Secret }), KeyValuePair.Create("Authorization", new[] { "Basic x" })]);

        var kept = HookSignature.ToKeep(headers, "gitlab");

        Assert.DoesNotContain(Secret, string.Join(' ', kept.Values), StringComparison.Ordinal);
        Assert.Single(kept);
        Assert.Null(HookSignature.Complaint("gitlab", new(kept), Body, Secret));
        Assert.NotNull(HookSignature.Complaint("gitlab", new(kept), Body, "other"));
    }
}
