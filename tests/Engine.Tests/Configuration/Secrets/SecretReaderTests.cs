using Weir.Engine.Configuration.Check;
using Weir.Engine.Configuration.Secrets;
using Weir.Shared.Configuration;

namespace Weir.Engine.Tests.Configuration.Secrets;

/// <summary>Secrets are looked up in the environment and in directories, and what cannot be had is said without saying a value.</summary>
public sealed class SecretReaderTests : IDisposable
{
    private readonly string directory = Directory.CreateTempSubdirectory("weir-secrets-").FullName;
    private readonly string prefix = $"WEIR_TEST_{Guid.NewGuid():N}_";

    public void Dispose() => Directory.Delete(directory, recursive: true);

    [Fact]
    public void The_first_source_that_has_a_secret_wins()
    {
        Environment.SetEnvironmentVariable(prefix + "A", "of the environment");
        File.WriteAllText(Path.Combine(directory, "A"), "of the directory");
        File.WriteAllText(Path.Combine(directory, "B"), "two\nlines\n");

        Assert.Equal("of the environment", Found("A"));
        Assert.Equal("two\nlines", Found("B"));
    }

    [Theory]
    [InlineData("EMPTY", "is empty")]
    [InlineData("NUL", "holds a NUL character")]
    [InlineData("BINARY", "is not UTF-8 text")]
    [InlineData("LONG", "is longer than 120 KiB")]
    [InlineData("NONE", "it is in none of the sources (the master's environment (")]
    [InlineData("../A", "The name of a secret is made of")]
    public void What_cannot_be_had_is_said(string name, string why)
    {
        File.WriteAllText(Path.Combine(directory, "EMPTY"), "\n");
        File.WriteAllText(Path.Combine(directory, "NUL"), "a\0b");
        File.WriteAllBytes(Path.Combine(directory, "BINARY"), [0xff, 0xfe, 0x80]);
        File.WriteAllText(Path.Combine(directory, "LONG"), new string('x', SecretReader.MaxBytes + 1));

        Assert.Contains(why, Assert.IsType<SecretAnswer.Missing>(Find(name)).Why, StringComparison.Ordinal);
    }

    [Fact]
    public void A_secret_cannot_be_formatted()
    {
        Environment.SetEnvironmentVariable(prefix + "A", "hunter22");
        var found = Assert.IsType<SecretAnswer.Found>(Find("A"));

        Assert.DoesNotContain("hunter22", $"{found} {found.Value} {System.Text.Json.JsonSerializer.Serialize(found)}", StringComparison.Ordinal);
    }

    [Fact]
    public void The_configuration_names_the_sources_in_order()
    {
        var (model, problems) = ConfigurationReader.Read(Samples.Part("weir: 1\nsecrets: [ { from: directory, path: /run/secrets }, { from: env } ]"));

        Assert.Empty(problems);
        Assert.Equal([("directory", "/run/secrets"), ("env", null)], model!.Secrets.Select(s => (s.From, s.Path)));
        Assert.Equal("WEIR_SECRET_", model.Secrets[1].Prefix);
    }

    private string Found(string name) => Assert.IsType<SecretAnswer.Found>(Find(name)).Value.Reveal();

    private SecretAnswer Find(string name) =>
        SecretReader.Find([new SecretSourceConfiguration { From = "env", Prefix = prefix }, new SecretSourceConfiguration { From = "directory", Path = directory }], name, null);
}
