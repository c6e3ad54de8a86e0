namespace LstmOrleans.Silo.Watching;

/// <summary>The share of a layer's units whose gate hardly moves any more: below 0.05 or above 0.95, where the sigmoid's slope is under a fifth of its largest.</summary>
internal static class GateSaturation
{
    /// <summary>Below this, or above 1 minus this, a gate counts as saturated.</summary>
    public const float Margin = 0.05f;

    /// <summary>Gates that are counted: i, f and o. g is a tanh and opens nothing.</summary>
    public const int Gates = 3;

    /// <summary>The shares of i, f, o in each layer.</summary>
    /// <param name="gates">(L, 4, H): i, f, g, o.</param>
    /// <param name="layers">L.</param>
    /// <param name="hidden">H.</param>
    public static float[] Shares(ReadOnlySpan<float> gates, int layers, int hidden)
    {
        float[] shares = new float[layers * Gates];
        for (int layer = 0; layer < layers; layer++)
        {
            for (int gate = 0; gate < Gates; gate++)
            {
                int place = gate == 2 ? 3 : gate, saturated = 0;
                foreach (float value in gates.Slice(((layer * 4) + place) * hidden, hidden))
                    saturated += value is < Margin or > 1 - Margin ? 1 : 0;
                shares[(layer * Gates) + gate] = (float)saturated / hidden;
            }
        }

        return shares;
    }
}
