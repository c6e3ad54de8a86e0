using System.Buffers.Binary;

namespace LstmOrleans.Forecasting;

/// <summary>Writes a state's numbers one after the other, little-endian.</summary>
internal ref struct StateWriter
{
    private Span<byte> _rest;

    public StateWriter(Span<byte> destination) => _rest = destination;

    public void Int32(int value)
    {
        BinaryPrimitives.WriteInt32LittleEndian(_rest, value);
        _rest = _rest[4..];
    }

    public void Int64(long value)
    {
        BinaryPrimitives.WriteInt64LittleEndian(_rest, value);
        _rest = _rest[8..];
    }

    public void Double(double value)
    {
        BinaryPrimitives.WriteDoubleLittleEndian(_rest, value);
        _rest = _rest[8..];
    }

    public void Single(float value)
    {
        BinaryPrimitives.WriteSingleLittleEndian(_rest, value);
        _rest = _rest[4..];
    }

    public void Features(in StreamFeatures features)
    {
        features.Write(_rest);
        _rest = _rest[StreamFeatures.StateBytes..];
    }
}

/// <summary>Reads what <see cref="StateWriter"/> wrote; the caller has checked the length.</summary>
internal ref struct StateReader
{
    private ReadOnlySpan<byte> _rest;

    public StateReader(ReadOnlySpan<byte> source) => _rest = source;

    public int Int32()
    {
        var value = BinaryPrimitives.ReadInt32LittleEndian(_rest);
        _rest = _rest[4..];
        return value;
    }

    public long Int64()
    {
        var value = BinaryPrimitives.ReadInt64LittleEndian(_rest);
        _rest = _rest[8..];
        return value;
    }

    public double Double()
    {
        var value = BinaryPrimitives.ReadDoubleLittleEndian(_rest);
        _rest = _rest[8..];
        return value;
    }

    public float Single()
    {
        var value = BinaryPrimitives.ReadSingleLittleEndian(_rest);
        _rest = _rest[4..];
        return value;
    }

    public StreamFeatures Features()
    {
        var value = StreamFeatures.Read(_rest);
        _rest = _rest[StreamFeatures.StateBytes..];
        return value;
    }
}
