namespace LstmOrleans.Silo.Observation;

/// <summary>Turns looks at the instruments into slots.</summary>
/// <remarks>
/// A second is closed by the first look after it is over. A look that comes late, on a busy machine, closes several: what happened
/// since the look before is spread evenly over them, so that a late look makes no gap and no peak. Not for several threads.
/// </remarks>
internal sealed class SiloSampler
{
    // A clock that was set back by more than this begins a new history; by less, seconds wait until they are due again.
    private const int MostSecondsBack = 60;

    private readonly InstrumentReader _instruments;
    private readonly int _recent;
    private readonly long[] _latency = new long[LatencyBuckets.Count];
    private readonly long[] _latencyBefore = new long[LatencyBuckets.Count];
    private readonly Queue<(long Second, InstrumentSample Sample)> _samples = new();
    private readonly Slot _second = new();
    private long _closed = -1;

    /// <param name="instruments">What is looked at.</param>
    /// <param name="recent">Seconds over which rates of models are told.</param>
    public SiloSampler(InstrumentReader instruments, int recent) => (_instruments, _recent) = (instruments, recent);

    public SlotHistory History { get; } = new();

    /// <summary>The newest look.</summary>
    public InstrumentSample Newest { get; private set; } = new();

    /// <summary>Seconds that were closed.</summary>
    public long Seconds { get; private set; }

    /// <summary>Looks, and closes the seconds that are over.</summary>
    public void Sample(DateTimeOffset now)
    {
        long over = now.ToUnixTimeSeconds() - 1;
        if (_closed < 0 || over < _closed - MostSecondsBack)
        {
            Begin(over);
            return;
        }

        if (over <= _closed)
            return;
        var sample = _instruments.Read();
        _instruments.StepLatency.CopyTo(_latency);
        // A process that was stopped for an hour has nothing to spread over it.
        long first = Math.Max(_closed + 1, over - MostSecondsBack + 1);
        for (long second = first; second <= over; second++)
            Close(second, sample, over - second + 1);
        (_closed, Newest) = (over, sample);
        _samples.Enqueue((over, sample));
        while (_samples.Peek().Second < over - _recent)
            _samples.Dequeue();
    }

    /// <summary>Models with their rates over the last seconds.</summary>
    public IReadOnlyList<ModelReading> Models()
    {
        if (_samples.Count < 2)
            return [.. Newest.Models.Select(model => new ModelReading { Tag = model.Key, Steps = model.Value.Steps })];
        var (before, oldest) = _samples.Peek();
        double seconds = _closed - before;
        return
        [
            .. Newest.Models.Select(model =>
            {
                var old = oldest.Models.GetValueOrDefault(model.Key) ?? new ModelSample();
                return new ModelReading
                {
                    Tag = model.Key,
                    Steps = model.Value.Steps,
                    StepRate = (model.Value.Steps - old.Steps) / seconds,
                    FlopRate = (model.Value.Flops - old.Flops) / seconds,
                };
            }),
        ];
    }

    private void Begin(long over)
    {
        History.Clear();
        _samples.Clear();
        Newest = _instruments.Read();
        _instruments.StepLatency.CopyTo(_latencyBefore);
        _samples.Enqueue((over, Newest));
        (_closed, Seconds) = (over, 0);
    }

    // Of what is left to be told, the share of one of the seconds that are left.
    private void Close(long second, InstrumentSample sample, long left)
    {
        _second.Begin(second);
        for (int index = 0; index < SlotValues.Count; index++)
        {
            var value = (SlotValue)index;
            long now = sample.Values[index], before = Newest.Values[index];
            if (!SlotValues.IsCounted(value))
            {
                _second[value] = now;
                continue;
            }

            long share = (now - before) / left;
            _second[value] = share;
            Newest.Values[index] = before + share;
        }

        for (int bucket = 0; bucket < _latency.Length; bucket++)
        {
            long share = (_latency[bucket] - _latencyBefore[bucket]) / left;
            if (share == 0)
                continue;
            _second.StepLatency.Add(bucket, share);
            _latencyBefore[bucket] += share;
        }

        History.Fine.Open(second)?.AddTime(_second);
        History.Coarse.Open(second)?.AddTime(_second);
        Seconds++;
    }
}
