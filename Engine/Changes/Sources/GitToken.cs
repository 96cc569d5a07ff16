using System.Globalization;

namespace Weir.Engine.Changes.Sources;

/// <summary>
/// The token with which a master reaches a repository by https. It stands in the environment of git alone, and is given out to the repository's own host and to no other: never in an address, an argument, or a file.
/// </summary>
internal sealed class GitToken(string repository, string user, string token)
{
    private const string TokenName = "WEIR_GIT_TOKEN";
    private const string UserName = "WEIR_GIT_USER";

    /// <summary>Settings of git.</summary>
    public IEnumerable<string> Settings
    {
        get
        {
            var url = new Uri(repository);
            var place = $"credential.{url.Scheme}://{url.Authority}";
            yield return $"{place}.helper="; // none of the machine's own
            yield return string.Create(CultureInfo.InvariantCulture, $"{place}.helper=!f() {{ test \"$1\" = get && printf 'username=%s\\npassword=%s\\n' \"${UserName}\" \"${TokenName}\"; }}; f");
        }
    }

    public IEnumerable<(string Name, string Value)> Variables => [(UserName, user), (TokenName, token)];
}
