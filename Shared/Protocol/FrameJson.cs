using System.Text.Json.Serialization;

namespace Weir.Shared.Protocol;

/// <summary>The frames of a command's file whose bodies are JSON; property names as in the types.</summary>
[JsonSerializable(typeof(StartedFrame))]
[JsonSerializable(typeof(EndedFrame))]
internal sealed partial class FrameJson : JsonSerializerContext;
