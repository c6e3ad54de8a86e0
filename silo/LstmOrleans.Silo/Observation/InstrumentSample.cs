namespace LstmOrleans.Silo.Observation;

/// <summary>The instruments at one moment: counts since the start of the process, and levels.</summary>
internal sealed class InstrumentSample
{
    /// <summary>By <see cref="SlotValue"/>.</summary>
    public long[] Values { get; } = new long[SlotValues.Count];

    public Dictionary<string, ModelSample> Models { get; } = new(StringComparer.Ordinal);

    public long ComputeBusy { get; set; }

    public long ComputeLimit { get; set; }
}

/// <summary>A model's counts since the start of the process.</summary>
internal sealed class ModelSample
{
    public long Steps { get; set; }

    public long Flops { get; set; }
}
