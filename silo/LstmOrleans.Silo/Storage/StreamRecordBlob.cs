namespace LstmOrleans.Silo.Storage;

/// <summary>The stored form of a stream, already encoded. Storage of this product keeps the bytes as they are; any other provider serialises it.</summary>
/// <remarks>The array is not copied: it must not change until the write that carries it returned.</remarks>
[GenerateSerializer, Alias("lstm.StreamRecordBlob")]
public sealed class StreamRecordBlob
{
    /// <summary>The record; empty where nothing is stored.</summary>
    [Id(0)]
    public byte[] Record { get; set; } = [];
}
