namespace LstmOrleans.Numerics.Kernels;

/// <summary>Dropout between layers in training mode: each value becomes 0 with probability p, the others are divided by 1 - p.</summary>
/// <remarks>
/// A value's fate is a hash of (seed, layer, place), so it depends on nothing else: not on threads, not on the order of work. The hash is SplitMix64
/// (Steele, Lea, Flood: Fast splittable pseudorandom number generators, 2014).
/// </remarks>
internal static class Dropout
{
    public static void Apply(Span<float> values, double probability, ulong seed, int layer)
    {
        if (probability <= 0)
            return;
        float scale = probability < 1 ? (float)(1 / (1 - probability)) : 0;
        ulong stream = Mix(seed + ((ulong)layer * 0x9E3779B97F4A7C15));
        for (int place = 0; place < values.Length; place++)
        {
            // 53 random bits as a number in [0, 1).
            double draw = (Mix(stream + ((ulong)place * 0x9E3779B97F4A7C15)) >> 11) * (1.0 / (1ul << 53));
            values[place] = draw < probability ? 0 : values[place] * scale;
        }
    }

    private static ulong Mix(ulong z)
    {
        z += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
