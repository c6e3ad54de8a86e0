using LstmOrleans.Silo.Observation;

namespace LstmOrleans.Hosting.Dashboard.Overview;

/// <summary>What is known of one silo, from the moment on when somebody looks.</summary>
internal sealed class SiloWatch
{
    private readonly Func<SiloAddress, ReadingRequest, Task<SiloReading>> _read;
    private readonly TimeProvider _time;
    private Task<Answer>? _asked;
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

    /// <summary>Why the last question had no answer; null = it had one, or it is still awaited.</summary>
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

    /// <summary>It died before it was watched.</summary>
    /// <param name="before">What the member list said of it before.</param>
    /// <param name="at">When, a timestamp.</param>
    public void WasLost(SiloStatus before, long at) => (Status, StatusBefore, DiedAt) = (SiloStatus.Dead, before, at);

    /// <summary>Asks, unless the answer to an earlier question is still awaited: a silo that hangs gets one question, not one a second.</summary>
    /// <returns>The question that is under way; it never fails.</returns>
    public Task Ask() => _asked ??= Read();

    /// <summary>Takes an answer that has come, and adds what is new in it.</summary>
    public void Take(SlotHistory cluster)
    {
        if (_asked is not { IsCompletedSuccessfully: true } asked)
            return;
        _asked = null;
        var answer = asked.Result;
        Problem = answer.Problem;
        if (answer.Reading is not { } reading)
            return;
        (Reading, _answered) = (reading, answer.At);
        _fineAfter = Add(cluster.Fine, reading.Fine, _fineAfter);
        _coarseAfter = Add(cluster.Coarse, reading.Coarse, _coarseAfter);
    }

    // The time is that of the answer: it is taken a second later, and on a busy machine more than that, when the silo may have fallen silent again.
    private async Task<Answer> Read()
    {
        try
        {
            var reading = await _read(Address, new ReadingRequest { FineAfter = _fineAfter, CoarseAfter = _coarseAfter });
            return new Answer(reading, null, _time.GetTimestamp());
        }
        catch (OrleansMessageRejectionException)
        {
            return new Answer(null, "messages do not reach it", _time.GetTimestamp());
        }
        catch (TimeoutException)
        {
            return new Answer(null, null, _time.GetTimestamp());
        }
        catch (Exception exception)
        {
            return new Answer(null, exception.GetBaseException().Message.Split('\n')[0], _time.GetTimestamp());
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

    private readonly record struct Answer(SiloReading? Reading, string? Problem, long At);
}
