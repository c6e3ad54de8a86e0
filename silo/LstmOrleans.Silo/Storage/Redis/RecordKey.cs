using System.Text;

namespace LstmOrleans.Silo.Storage.Redis;

/// <summary>The key of a record on the server: <c>service id/state name/grain type/grain key</c>, in UTF-8.</summary>
internal readonly struct RecordKey
{
    public RecordKey(KeySpace space, StorageKey record)
    {
        Record = record;
        Utf8 = [.. space.Prefix, .. record.Utf8];
        IsStream = record.Utf8.AsSpan().StartsWith(KeySpace.StreamKind);
    }

    /// <summary>The key without the service; what the checksum covers.</summary>
    public StorageKey Record { get; }

    public byte[] Utf8 { get; }

    /// <summary>Whether the catalogue of streams has it.</summary>
    public bool IsStream { get; }

    public override string ToString() => Encoding.UTF8.GetString(Utf8);
}

/// <summary>Names of one service's keys.</summary>
internal sealed class KeySpace(string serviceId)
{
    /// <summary>What the key of every stream's record begins with, behind the service: its state name and grain type.</summary>
    public static ReadOnlySpan<byte> StreamKind => "stream/stream/"u8;

    /// <summary>The service id and the separator.</summary>
    public byte[] Prefix { get; } = Encoding.UTF8.GetBytes($"{serviceId}/");

    /// <summary>The sorted set of the keys of all streams. No record's key: those have four parts.</summary>
    public byte[] Catalogue { get; } = Encoding.UTF8.GetBytes($"{serviceId}/streams");

    /// <summary>Written behind a group where WAITAOF would otherwise wait for nothing.</summary>
    public byte[] Barrier { get; } = Encoding.UTF8.GetBytes($"{serviceId}/barrier");

    /// <summary>What the last copy from this service noted. Three parts, so no record's key.</summary>
    public byte[] Outgoing { get; } = Encoding.UTF8.GetBytes($"{serviceId}/transfer/outgoing");

    /// <summary>What the copy that filled this service noted.</summary>
    public byte[] Incoming { get; } = Encoding.UTF8.GetBytes($"{serviceId}/transfer/incoming");

    /// <summary>What the keys of Orleans' lists of silos begin with, before the cluster id.</summary>
    public byte[] Members { get; } = Encoding.UTF8.GetBytes($"{serviceId}/members/");

    /// <summary>A key that nobody else uses.</summary>
    public byte[] Probe() => Encoding.UTF8.GetBytes($"{serviceId}/probe/{Guid.NewGuid():N}");

    /// <summary>What the key of every stream's record begins with.</summary>
    public byte[] StreamPrefix => [.. Prefix, .. StreamKind];

    /// <summary>The key of a stream's record.</summary>
    public byte[] StreamRecord(byte[] stream) => [.. Prefix, .. StreamKind, .. stream];
}
