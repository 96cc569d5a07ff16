using System.Text.Json.Serialization;

namespace Weir.Shared.Protocol;

/// <summary>What <see cref="IWorkerHub"/> and <see cref="IWorkerClient"/> carry. Written and read by code that is made when the program is built: one that is compiled to machine code can have no other.</summary>
[JsonSerializable(typeof(Hello))]
[JsonSerializable(typeof(Welcome))]
[JsonSerializable(typeof(StartOrder))]
[JsonSerializable(typeof(InterruptOrder))]
[JsonSerializable(typeof(Piece))]
[JsonSerializable(typeof(Acknowledgement))]
[JsonSerializable(typeof(OwnerAbsence))]
[JsonSerializable(typeof(List<SharedDirectoryState>))]
[JsonSerializable(typeof(IReadOnlyList<SharedDirectoryState>))]
[JsonSerializable(typeof(IReadOnlyList<string>))]
[JsonSerializable(typeof(long))]
[JsonSerializable(typeof(bool))]
public sealed partial class ProtocolJson : JsonSerializerContext;
