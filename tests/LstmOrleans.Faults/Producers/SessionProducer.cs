using System.Diagnostics;
using System.Runtime.InteropServices;
using LstmOrleans.Client;
using LstmOrleans.Contracts.Streams;

namespace LstmOrleans.Faults.Producers;

/// <summary>A producer as an application would write it, on the client library: one writes events at their pace, one reads answers and stores them in one transaction with its place.</summary>
internal sealed class SessionProducer
{
    private const int WindowEvents = 64, MostBehind = 32;

    private readonly ProducerContext _context;
    private readonly int _stream;
    private readonly Random _random;
    private readonly StreamEvents _events;
    private readonly StreamLedger _ledger;
    private readonly long _interval;
    private long _nextDue, _waitingSince, _written;

    /// <param name="context">What all producers share.</param>
    /// <param name="stream">Which stream.</param>
    /// <param name="life">Which producer of this stream it is: 0, 1, ...</param>
    public SessionProducer(ProducerContext context, int stream, int life)
    {
        (_context, _stream, _events, _ledger) = (context, stream, context.Events(stream), context.Ledgers[stream]);
        _random = new Random(HashCode.Combine(context.Options.Seed, stream, life));
        _interval = (long)(Stopwatch.Frequency / context.Options.EventsPerSecond);
        _nextDue = Stopwatch.GetTimestamp() + _random.NextInt64(_interval);
    }

    /// <summary>Sends until it is cancelled, or everything that was sent is answered and a drain is asked for.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        while (_ledger.Broken == null)
        {
            try
            {
                var place = _context.Outputs.PlaceOf(_stream);
                await using var session = await _context.Sessions.OpenSessionAsync(_events.Key, FaultModel.Name, new StreamSessionOptions
                {
                    Incarnation = _events.Incarnation,
                    Session = _events.Session,
                    Position = place.Position,
                    DurablePosition = place.Durable,
                    History = place.Position == 0 ? null : place.History,
                    Mode = ProducerContext.ModeOf(_stream),
                    WindowEvents = WindowEvents,
                }, cancellation);
                await DriveAsync(session, place, cancellation);
                return;
            }
            catch (LstmException exception) when (exception.Status.IsRetryable())
            {
                // The library gives up after a time; this application does not. What it had in memory is gone.
                _context.Counters.AddGivenUp();
                _context.Options.Log($"stream {_stream}: the client library gave up: {exception.Message}");
                await _context.Outputs.FlushAsync();
            }
            catch (LstmException exception)
            {
                long promised = ProducerContext.IsCheckpointed(_stream) ? _ledger.DurableTold : _ledger.Promised;
                string why = $"{exception.Status}: {exception.Message}";
                _context.Options.Log($"stream {_stream} {why}");
                _ledger.Break(why, exception.Status == StreamStatus.StateRegressed ? Math.Max(1, promised - exception.Position) : 0);
            }
            catch (Exception exception) when (!cancellation.IsCancellationRequested)
            {
                // Nothing else may come out of the library. The producer goes on, and the run is red.
                _context.Counters.AddGivenUp();
                _context.Options.Log($"stream {_stream}: the client library threw {exception}");
                await _context.Outputs.FlushAsync();
            }
        }
    }

    private async Task DriveAsync(StreamSession session, ProducerPlace place, CancellationToken cancellation)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var writing = WriteAsync(session, end.Token);
        try
        {
            await ReadAsync(session, place, cancellation);
        }
        finally
        {
            await end.CancelAsync();
            // Its failure is the reader's, or none.
            await writing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task WriteAsync(StreamSession session, CancellationToken cancellation)
    {
        for (long next = session.ResumeAfter + 1; ;)
        {
            int count = Due(session, next);
            if (count == 0)
            {
                if (_context.Conditions.Drain)
                {
                    session.Complete();
                    return;
                }

                await Task.Delay(Wait(), cancellation);
                continue;
            }

            Interlocked.CompareExchange(ref _waitingSince, Stopwatch.GetTimestamp(), 0);
            for (; count > 0; count--, next++)
            {
                await session.WriteAsync(_events.Inputs(next, 1), cancellation);
                Volatile.Write(ref _written, next);
            }
        }
    }

    private async Task ReadAsync(StreamSession session, ProducerPlace place, CancellationToken cancellation)
    {
        long expected = place.Position + 1;
        await foreach (var batch in session.AnswersAsync(cancellation))
        {
            // Before the transaction: it is not the system's time.
            if (Interlocked.Exchange(ref _waitingSince, 0) is not 0 and var since)
                _context.Pauses.Note(since, _stream, sends: null);
            if (batch.FirstPosition != expected)
            {
                string why = $"the client library gave answers from position {batch.FirstPosition} on; {expected} was the next";
                _context.Options.Log($"stream {_stream}: {why}");
                _ledger.Break(why, 1);
                return;
            }

            expected = batch.LastPosition + 1;
            cancellation.ThrowIfCancellationRequested();
            await _context.Outputs.StoreAsync(_stream, batch.FirstPosition, MemoryMarshal.AsBytes(batch.Answers.Span).ToArray(), new(batch.LastPosition, batch.DurablePosition, batch.History));
            // Not what is pending: these very answers are, until the next batch is asked for, and the stream has nothing to send meanwhile.
            if (Volatile.Read(ref _written) >= expected)
                Interlocked.CompareExchange(ref _waitingSince, Stopwatch.GetTimestamp(), 0);
        }
    }

    /// <summary>Events that are to be written now.</summary>
    private int Due(StreamSession session, long next)
    {
        // What was sent before, by an earlier life, comes first.
        long unanswered = _ledger.Sent - next + 1;
        if (unanswered > 0 || _context.Conditions.Drain)
            return (int)Math.Clamp(unanswered, 0, WindowEvents);
        if (_context.Conditions.Still)
            return 0;
        long now = Stopwatch.GetTimestamp();
        if (_context.Conditions.FullLoad)
        {
            _nextDue = now + _interval;
            return session.Pending == 0 ? _random.Next(1, 9) : 0;
        }

        if (now < _nextDue)
            return 0;
        _nextDue = Math.Max(_nextDue + _interval, now - (MostBehind * _interval));
        return 1;
    }

    private TimeSpan Wait()
    {
        double seconds = (_nextDue - Stopwatch.GetTimestamp()) / (double)Stopwatch.Frequency;
        return TimeSpan.FromSeconds(_context.Conditions.FullLoad ? 0.002 : Math.Clamp(seconds, 0.001, 0.25));
    }
}
