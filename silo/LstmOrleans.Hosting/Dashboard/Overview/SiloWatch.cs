using LstmOrleans.Silo.Observation;

namespace LstmOrleans.Hosting.Dashboard.Overview;

/// <summary>What is known of one silo, from the moment on when somebody looks.</summary>
internal sealed class SiloWatch
{
    private readonly Func<SiloAddress, ReadingRequest, Task<SiloReading>> _read;
    private readonly TimeProvider _time;
    private Task<SiloReading>? _asked;
    private long _answered;
    private long _fineAfter = -1, _coarseAfter = -1;

    /// <param name="address">The silo.</param>
    /// <param name="read">Asks it.</param>
    /// <param name="time">For its silence.</param>
    public SiloWatch(SiloAddress address, Func<SiloAddress, ReadingRequest, Task<SiloReading>> read, TimeProvider time) =>
        (Address, _read, _time, _answered) = (address, read, time, time.GetTimestamp());

    public SiloAddress Address { get; }

    /// <summary>What the member list says.</summary>
    public SiloStatus Status { get; private set; } = SiloStatus.Active;

    /// <summary>What it said before <see cref="SiloStatus.Dead"/>.</summary>
    public SiloStatus StatusBefore { get; private set; } = SiloStatus.Active;

    /// <summary>When it was found dead.</summary>
    public long DiedAt { get; private set; }

    /// <summary>The newest answer; null = none yet.</summary>
    public SiloReading? Reading { get; private set; }

    /// <summary>The newest second that it told; negative = none.</summary>
    public long ToldUntil => _fineAfter;

    /// <summary>How long it has not answered, or been looked at.</summary>
    public TimeSpan Silence => _time.GetElapsedTime(_answered);

    /// <summary>What went wrong with the last question; null = nothing.</summary>
    public string? Problem { get; private set; }

    public void Became(SiloStatus status)
    {
        if (status == Status)
            return;
        if (status == SiloStatus.Dead)
            DiedAt = _time.GetTimestamp();
        else
            StatusBefore = status;
        Status = status;
    }

    /// <summary>Asks, unless the answer to an earlier question is still awaited: a silo that hangs gets one question, not one a second.</summary>
    /// <returns>The question that is under way; it never fails.</returns>
    public Task Ask()
    {
        _asked ??= Read();
        return _asked.ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    /// <summary>Takes an answer that has come, and adds what is new in it.</summary>
    public void Take(SlotHistory cluster)
    {
        if (_asked is not { IsCompleted: true } asked)
            return;
        _asked = null;
        if (!asked.IsCompletedSuccessfully)
        {
            Problem = asked.Exception?.GetBaseException().Message ?? "The question was cancelled.";
            return;
        }

        (Reading, _answered, Problem) = (asked.Result, _time.GetTimestamp(), null);
        _fineAfter = Add(cluster.Fine, Reading.Fine, _fineAfter);
        _coarseAfter = Add(cluster.Coarse, Reading.Coarse, _coarseAfter);
    }

    private Task<SiloReading> Read()
    {
        try
        {
            return _read(Address, new ReadingRequest { FineAfter = _fineAfter, CoarseAfter = _coarseAfter });
        }
        catch (Exception exception)
        {
            // A silo that just left cannot even be addressed.
            return Task.FromException<SiloReading>(exception);
        }
    }

    private static long Add(SlotRing cluster, IReadOnlyList<SlotReading> slots, long after)
    {
        foreach (var slot in slots)
        {
            // A silo whose clock was set back tells a time again that was added already.
            if (slot.Start > after)
                cluster.Open(slot.Start)?.AddSilo(slot);
            after = Math.Max(after, slot.Start);
        }

        return after;
    }
}
