using System.Text.Json;
using Weir.Engine.Configuration;
using Weir.Engine.Configuration.Check;
using Weir.Shared.Configuration;

namespace Weir.Engine.Tests.Configuration;

/// <summary>A model as the store keeps it: without what is empty, and read back as it was.</summary>
public sealed class StoredModelTests
{
    private static readonly JsonSerializerOptions Whole = new() { AllowOutOfOrderMetadataProperties = true };

    private static WeirConfiguration Model => ConfigurationReader.Read(Samples.Part(Samples.Whole)).Model!;

    [Fact]
    public void What_is_empty_is_not_written_and_is_read_as_empty()
    {
        var stored = ConfigurationJson.Write(Model);

        Assert.DoesNotContain("\"Locks\":[]", stored, StringComparison.Ordinal);
        Assert.DoesNotContain("\"Env\":{}", stored, StringComparison.Ordinal);
        Assert.Equal(JsonSerializer.Serialize(Model, Whole), JsonSerializer.Serialize(ConfigurationJson.Read<WeirConfiguration>(stored), Whole));
    }

    [Fact]
    public void What_an_earlier_release_wrote_is_read_as_well() =>
        Assert.Equal(JsonSerializer.Serialize(Model, Whole), JsonSerializer.Serialize(ConfigurationJson.Read<WeirConfiguration>(JsonSerializer.Serialize(Model, Whole)), Whole));
}
