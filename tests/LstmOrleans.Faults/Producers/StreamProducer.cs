using System.Diagnostics;

namespace LstmOrleans.Faults.Producers;

/// <summary>The producer of a stream without a session: paced, one call in flight, resends until it is answered; disturbs its own stream when it is told to.</summary>
internal sealed class StreamProducer
{
    private const int MostInputs = 32, MostBehind = 64;
    private static readonly TimeSpan FirstPatience = TimeSpan.FromMilliseconds(500), LongestPatience = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(50), LongestPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan RegressionIsFinal = TimeSpan.FromSeconds(8);

    private readonly ProducerContext _context;
    private readonly int _stream;
    private readonly Random _random;
    private readonly StreamCalls _calls;
    private readonly StreamLedger _ledger;
    private readonly TaskCounter _extras;
    private readonly long _interval;
    private long _nextDue, _lastAnswered;

    // The last position whose answer this application has.
    private long _position;

    /// <param name="context">What all producers share.</param>
    /// <param name="stream">Which stream.</param>
    /// <param name="life">Which producer of this stream it is: 0, 1, ...</param>
    /// <param name="extras">Counts calls that nobody waits for.</param>
    public StreamProducer(ProducerContext context, int stream, int life, TaskCounter extras)
    {
        (_context, _stream, _extras) = (context, stream, extras);
        _random = new Random(HashCode.Combine(context.Options.Seed, stream, life));
        _calls = new StreamCalls(context, stream);
        _ledger = context.Ledgers[stream];
        _interval = (long)(Stopwatch.Frequency / context.Options.EventsPerSecond);
        _lastAnswered = Stopwatch.GetTimestamp();
        _nextDue = _lastAnswered + _random.NextInt64(_interval);
    }

    /// <summary>Sends until it is cancelled, or everything that was sent is answered and a drain is asked for.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        while (_ledger.Broken == null)
        {
            int count = Due();
            if (count == 0)
            {
                if (_context.Conditions.Drain)
                    return;
                await Task.Delay(Wait(), cancellation);
                continue;
            }

            long first = _position + 1;
            if (_context.Conditions.Disturb && _random.NextDouble() < 0.4)
                Disturb(first, count, cancellation);
            await DeliverAsync(first, count, cancellation);
        }
    }

    private async Task DeliverAsync(long first, int count, CancellationToken cancellation)
    {
        long since = Math.Max(_lastAnswered, Math.Min(_nextDue, Stopwatch.GetTimestamp())), regressed = 0;
        long start = Stopwatch.GetTimestamp();
        bool failed = false;
        for (int tries = 0; ; tries++)
        {
            if (!failed && Stopwatch.GetElapsedTime(start) > RunCounters.FailedForGood)
            {
                failed = true;
                _context.Counters.AddGivenUp();
            }

            var patience = TimeSpan.FromTicks(Math.Min(FirstPatience.Ticks << Math.Min(tries, 5), LongestPatience.Ticks));
            if (tries > 0)
                _context.Counters.AddRetried(count);
            var (end, answer) = await _calls.SendAsync(first, count, patience, cancellation);
            if (end == CallEnd.Broken)
                return;
            if (end == CallEnd.Answered)
            {
                if (regressed != 0)
                    _context.Counters.AddStaleRead();
                _context.Pauses.Note(since, _stream, tries + 1);
                _position = first + count - 1;
                _lastAnswered = Stopwatch.GetTimestamp();
                // At full load there is no pace to keep up with afterwards; behind a fault there is, up to a bound. Events that are sent again are no
                // lead: a stream that fell back by a hundred would have nothing to send for a minute.
                long next = _lastAnswered + _interval;
                _nextDue = _context.Conditions.FullLoad ? next : Math.Clamp(_nextDue + (count * _interval), _lastAnswered - (MostBehind * _interval), next);
                return;
            }

            if (end == CallEnd.FellBack)
            {
                // Checkpointed: what was not durable is gone; it is sent again from there, to the same answers.
                _position = answer!.Position;
                return;
            }

            if (end == CallEnd.Regressed)
            {
                regressed = regressed == 0 ? Stopwatch.GetTimestamp() : regressed;
                // A silo that only believes to own the stream is not the truth; one that says so for long is.
                if (Stopwatch.GetElapsedTime(regressed) > RegressionIsFinal)
                {
                    long promised = ProducerContext.IsCheckpointed(_stream) ? _ledger.DurableTold : Math.Max(_ledger.DurableTold, _ledger.HighestAcknowledged);
                    string why = $"stands at {answer!.Position} ({answer.Status}); {promised} was told as durable";
                    _context.Options.Log($"stream {_stream} {why}");
                    _ledger.Break(why, promised - answer.Position);
                    return;
                }
            }

            var pause = TimeSpan.FromTicks(Math.Min(FirstPause.Ticks << Math.Min(tries, 6), LongestPause.Ticks));
            await Task.Delay(pause * (0.5 + _random.NextDouble()), cancellation);
        }
    }

    /// <summary>One extra call beside the one that follows: a copy of it, the one after it, or one from long ago.</summary>
    private void Disturb(long first, int count, CancellationToken cancellation)
    {
        // Without a session a call confirms what lies before it, so one that overtakes gives answers up.
        var (from, many) = _random.Next(3) switch
        {
            0 => (first, count),
            1 => (1 + _random.NextInt64(first), 1),
            _ => (first + count, count),
        };
        // Never beyond what this producer itself will send next.
        if (_context.Conditions.Drain && from > first)
            return;
        _extras.Run(_calls.SendExtraAsync(from, many, cancellation));
    }

    /// <summary>Events that are to be sent now.</summary>
    private int Due()
    {
        // Nor what a fault sends meanwhile: sent again after that fault, it would put back what was lost.
        if (_context.Conditions.Still)
            return 0;
        // What was sent before, by an earlier life or before a fall back, comes first.
        long unanswered = _ledger.Sent - _position;
        if (unanswered > 0 || _context.Conditions.Drain)
            return (int)Math.Min(unanswered, MostInputs);
        if (_context.Conditions.FullLoad)
            return _random.Next(1, 9);
        long late = Stopwatch.GetTimestamp() - _nextDue;
        return late < 0 ? 0 : (int)Math.Min(1 + (late / _interval), MostInputs);
    }

    private TimeSpan Wait()
    {
        double seconds = (_nextDue - Stopwatch.GetTimestamp()) / (double)Stopwatch.Frequency;
        return TimeSpan.FromSeconds(Math.Clamp(seconds, 0.001, 0.25));
    }
}
