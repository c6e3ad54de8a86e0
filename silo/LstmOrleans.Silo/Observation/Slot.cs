namespace LstmOrleans.Silo.Observation;

/// <summary>A piece of time, and what happened in it.</summary>
internal sealed class Slot
{
    private readonly long[] _values = new long[SlotValues.Count];

    /// <summary>Its first second, Unix time; negative = nothing is in it.</summary>
    public long Start { get; private set; } = -1;

    public LatencyHistogram StepLatency { get; } = new();

    public long this[SlotValue kind]
    {
        get => _values[(int)kind];
        set => _values[(int)kind] = value;
    }

    public void Begin(long start)
    {
        Start = start;
        Array.Clear(_values);
        StepLatency.Clear();
    }

    /// <summary>Takes in a later piece of the same silo's time.</summary>
    public void AddTime(Slot other)
    {
        for (int index = 0; index < _values.Length; index++)
            _values[index] = SlotValues.IsCounted((SlotValue)index) ? _values[index] + other._values[index] : Math.Max(_values[index], other._values[index]);
        StepLatency.Add(other.StepLatency);
    }

    /// <summary>Takes in the same time of another silo.</summary>
    public void AddSilo(SlotReading other)
    {
        for (int index = 0; index < Math.Min(_values.Length, other.Values.Length); index++)
            _values[index] = SlotValues.IsSummedOverSilos((SlotValue)index) ? _values[index] + other.Values[index] : Math.Max(_values[index], other.Values[index]);
        StepLatency.Add(other.StepLatency);
    }

    public SlotReading Read() => new() { Start = Start, Values = [.. _values], StepLatency = StepLatency.Encode() };
}
