namespace LstmOrleans.NumericsChild;

/// <summary>SplitMix64, turned into floats by exact operations alone: the same values on every machine and in every version of .NET.</summary>
internal sealed class ExactRandom
{
    private ulong _state;

    public ExactRandom(ulong seed) => _state = seed;

    /// <summary>Values in [-scale, scale), multiples of scale / 2^23; scale is a power of two.</summary>
    public float[] Values(int count, float scale)
    {
        float[] values = new float[count];
        for (int index = 0; index < count; index++)
            values[index] = ((int)(Next() >> 40) - (1 << 23)) * (scale / (1 << 23));
        return values;
    }

    /// <summary>The same, cut to the upper 16 bits: values of bfloat16.</summary>
    public float[] BFloat16Values(int count, float scale) =>
        Array.ConvertAll(Values(count, scale), value => BitConverter.UInt32BitsToSingle(BitConverter.SingleToUInt32Bits(value) & 0xFFFF0000));

    /// <summary>From 1 to <paramref name="highest"/>.</summary>
    public int Length(int highest) => 1 + (int)(Next() % (ulong)highest);

    private ulong Next()
    {
        _state += 0x9E3779B97F4A7C15;
        ulong z = _state;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
