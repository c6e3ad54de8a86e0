using System.Text;

namespace LstmOrleans.Silo.Storage;

/// <summary>The key of a record: <c>state name/grain type/grain key</c>, in UTF-8.</summary>
internal readonly struct StorageKey
{
    private const byte Separator = (byte)'/';

    public StorageKey(string stateName, GrainId grainId)
    {
        // Without this rule two pairs of names could share a key.
        if (stateName.Contains((char)Separator))
            throw new ArgumentException($"State name '{stateName}' contains '/'; it separates the parts of a storage key. Rename the state.", nameof(stateName));

        var type = grainId.Type.AsSpan();
        var key = grainId.Key.AsSpan();
        var nameLength = Encoding.UTF8.GetByteCount(stateName);
        Utf8 = new byte[nameLength + 1 + type.Length + 1 + key.Length];
        Encoding.UTF8.GetBytes(stateName, Utf8);
        Utf8[nameLength] = Separator;
        type.CopyTo(Utf8.AsSpan(nameLength + 1));
        Utf8[nameLength + 1 + type.Length] = Separator;
        key.CopyTo(Utf8.AsSpan(nameLength + 1 + type.Length + 1));
    }

    private StorageKey(byte[] utf8) => Utf8 = utf8;

    public byte[] Utf8 { get; }

    /// <summary>A key as it is stored.</summary>
    public static StorageKey FromUtf8(byte[] utf8) => new(utf8);

    /// <summary>The order of the bytes, which both stores list keys in.</summary>
    public int CompareTo(StorageKey other) => Utf8.AsSpan().SequenceCompareTo(other.Utf8);

    public override string ToString() => Encoding.UTF8.GetString(Utf8);
}
