namespace LstmOrleans.Silo.Observation;

/// <summary>What the process takes of the machine.</summary>
internal sealed class ProcessUse
{
    private readonly TimeProvider _time;
    private readonly long _started;
    private long _at;
    private TimeSpan _used;

    public ProcessUse(TimeProvider time) => (_time, _started, _at, _used) = (time, time.GetTimestamp(), time.GetTimestamp(), Environment.CpuUsage.TotalTime);

    /// <summary>Share of the processors between the last two looks, 0 to 1.</summary>
    public double Cpu { get; private set; }

    public double UpSeconds => _time.GetElapsedTime(_started).TotalSeconds;

    public void Sample()
    {
        long now = _time.GetTimestamp();
        var elapsed = _time.GetElapsedTime(_at, now);
        if (elapsed < TimeSpan.FromMilliseconds(100))
            return;
        var used = Environment.CpuUsage.TotalTime;
        Cpu = Math.Clamp((used - _used) / elapsed / Environment.ProcessorCount, 0, 1);
        (_at, _used) = (now, used);
    }
}
