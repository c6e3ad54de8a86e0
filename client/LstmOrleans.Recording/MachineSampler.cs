using LstmOrleans.Recording.Probes;
using LstmOrleans.Recording.Sampling;

namespace LstmOrleans.Recording;

/// <summary>
/// Samples this machine: the streams of <c>lstm record</c>, row by row. The thread that asks for rows only samples: the probes have threads of their own, so
/// nothing that is measured can hold up the measuring.
/// </summary>
public sealed class MachineSampler : IDisposable
{
    private readonly TimeProvider _time;
    private readonly LoopbackProbe _loopback;
    private readonly FsyncProbe _fsync;
    private readonly WakeProbe _wake;
    private readonly LatencyGauge _late;
    private readonly Sampler _sampler;
    private readonly Schedule _schedule;
    private long? _started;

    /// <summary>Starts the probes, and takes the reading that the first row is compared with.</summary>
    /// <param name="children">How to start the peer of the loopback probe.</param>
    /// <param name="workDirectory">An existing directory on the disk that is to be measured: a small file in it is written again and again.</param>
    /// <param name="interval">Time between rows, 0.1 s to 60 s.</param>
    /// <param name="time">The clock.</param>
    /// <exception cref="RecorderException">This is no Linux machine, or the peer does not start.</exception>
    public MachineSampler(ChildCommand children, string workDirectory, TimeSpan interval, TimeProvider? time = null)
    {
        RecorderOptions.RequireLinux();
        RecorderOptions.RequireInterval(interval);
        _time = time ?? TimeProvider.System;
        _loopback = new LoopbackProbe(children, _time);
        try
        {
            _fsync = new FsyncProbe(workDirectory, _time);
            _wake = new WakeProbe(_time);
            _late = new LatencyGauge("sampler_late_ms", _time);
            Machine = LstmOrleans.Recording.Machine.Describe(workDirectory);
            _sampler = new Sampler([.. Sources(Machine), _loopback.Latency, _fsync.Latency, _wake.Latency, _late], _time);
            _schedule = new Schedule(interval);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>What machine this is.</summary>
    public MachineDescription Machine { get; }

    /// <summary>Names of a row's values, in order.</summary>
    public IReadOnlyList<string> Streams => _sampler.Streams;

    /// <summary>Rows that were due and could not be taken, because the machine hung.</summary>
    public long MissedRows => _schedule.Missed;

    /// <summary>The only process that may be stopped to make trouble.</summary>
    internal int PeerId => _loopback.PeerId;

    /// <summary>Waits until the next row is due and takes it.</summary>
    /// <param name="row">One value for each stream; NaN where one could not be read.</param>
    /// <param name="stop">Ends the wait.</param>
    /// <returns>When the row was due, counted from the first call; null when it was stopped.</returns>
    public TimeSpan? Next(Span<double> row, CancellationToken stop) => Next(row, TimeSpan.MaxValue, stop);

    /// <summary>The same up to an end.</summary>
    internal TimeSpan? Next(Span<double> row, TimeSpan end, CancellationToken stop)
    {
        var started = _started ??= _time.GetTimestamp();
        var due = _schedule.Next(_time.GetElapsedTime(started));
        if (due > end) return null;
        // Whole milliseconds, rounded up: a wait is never shorter than asked for, so lateness is never negative.
        var wait = Math.Ceiling((due - _time.GetElapsedTime(started)).TotalMilliseconds);
        if (wait > 0 && stop.WaitHandle.WaitOne((int)wait)) return null;
        if (stop.IsCancellationRequested) return null;
        _late.Add((_time.GetElapsedTime(started) - due).TotalMilliseconds);
        _sampler.Sample(row);
        return due;
    }

    /// <summary>Ends the probes.</summary>
    public void Dispose()
    {
        // Absent where the start has failed in between.
        _wake?.Dispose();
        _fsync?.Dispose();
        _loopback.Dispose();
    }

    private static IEnumerable<IReadingSource> Sources(MachineDescription machine)
    {
        yield return new TextSource("/proc/stat", ProcessorParsers.Stat);
        yield return new TextSource("/proc/loadavg", ProcessorParsers.LoadAverage);
        yield return new ProcessCountSource();
        yield return new TextSource("/proc/meminfo", MemoryParsers.MemInfo);
        yield return new TextSource("/proc/vmstat", MemoryParsers.VmStat);
        if (machine.Disk is { } disk) yield return new TextSource("/proc/diskstats", DeviceParsers.DiskStats(disk));
        yield return new TextSource("/proc/net/dev", DeviceParsers.NetDev);
        yield return new TextSource("/proc/net/snmp", DeviceParsers.Snmp);
        yield return new TextSource("/proc/sys/fs/file-nr", DeviceParsers.FileNumbers);
        foreach (var resource in new[] { "cpu", "io", "memory" })
            yield return new TextSource($"/proc/pressure/{resource}", ProcessorParsers.Pressure(resource));
        yield return new OwnProcessSource();
    }
}
