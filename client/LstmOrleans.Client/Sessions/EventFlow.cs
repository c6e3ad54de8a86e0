using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Threading.Channels;
using LstmOrleans.Contracts.Streams;

namespace LstmOrleans.Client.Sessions;

/// <summary>Where a flow of events begins.</summary>
/// <param name="Stored">The last position whose answer the application has stored.</param>
/// <param name="Stands">Where the stream stands.</param>
/// <param name="Durable">The highest durable position that was told.</param>
internal readonly record struct FlowStart(long Stored, long Stands, long Durable)
{
    /// <summary>Behind this position the application sends.</summary>
    public long ResumeAfter => Math.Min(Stored, Durable);
}

/// <summary>Sends one stream's events in order: one call in flight, and the next call carries everything that waits.</summary>
/// <remarks>
/// <para>Calls over a socket may overtake each other, so a second one is never sent before the first is answered; under load the calls
/// grow instead. All sending is done by whoever reads the answers, so there is one place where the stream's position is known.</para>
/// <para>Four positions, in this order: kept (nothing before it can be needed again) &lt;= durable; given (the reader has the answers);
/// stands (the stream has applied it, as far as is known). An input is kept until it is both durable and given. When the stream falls
/// back (Gap), <c>stands</c> goes back to what it says, and the loop sends from there, the same inputs; answers that were given are not
/// given again.</para>
/// <para>Where only final answers are wanted, a fifth position lies behind given: handed out. Answers in between wait here until they are durable
/// and count as not confirmed, so no more is sent than the stream's window holds.</para>
/// </remarks>
internal sealed class EventFlow
{
    private static readonly TimeSpan FirstPoll = TimeSpan.FromMilliseconds(20), LongestPoll = TimeSpan.FromSeconds(1);

    private readonly LstmStream _stream;
    private readonly ulong _session;
    private readonly int _mostInputs;
    private readonly bool _finalOnly;
    private readonly Queue<AnswerBatch> _held = new();
    private readonly Channel<byte[]> _waiting;
    private readonly Room _room;
    private readonly KeptInputs _kept;
    private readonly DurableWaits _durable;
    private Task<bool>? _readable;
    private Exception? _failure;
    private long _given, _handedOut, _confirmed, _stands;
    private TimeSpan _poll = FirstPoll;
    private int _reading;

    public EventFlow(LstmStream stream, ulong session, FlowStart start, int capacity, int? mostInputs, bool finalOnly)
    {
        (_stream, _session, _finalOnly) = (stream, session, finalOnly);
        _mostInputs = Math.Clamp(mostInputs ?? stream.MostInputs, 1, stream.MostInputs);
        _given = _handedOut = _confirmed = start.Stored;
        _stands = Math.Min(start.Stored, start.Stands);
        _kept = new KeptInputs(stream.Key, stream.InputSize, start.ResumeAfter);
        _durable = new DurableWaits(start.Durable);
        _room = new Room(capacity);
        // Not bounded by itself: room is given back only when an input is durable, not when it leaves the queue.
        _waiting = Channel.CreateUnbounded<byte[]>(new UnboundedChannelOptions { SingleReader = true });
    }

    public long DurablePosition => _durable.Position;

    /// <summary>Events in memory: waiting, in flight, or not durable yet.</summary>
    public int Pending => _room.Taken;

    // A producer that comes back gives inputs again that the stream stands behind already: these are kept, not sent.
    private long LastSent => Math.Min(_stands, _kept.Last);

    public Task WhenDurableAsync(long position, CancellationToken cancellation) => _durable.UntilAsync(position).WaitAsync(cancellation);

    public void Learn(long position, ulong history) => _kept.Learn(position, history);

    public async ValueTask WriteAsync(ReadOnlyMemory<float> input, CancellationToken cancellation)
    {
        if (input.Length != _stream.InputSize)
            throw new ArgumentException($"The event has {input.Length} features; stream '{_stream.Key}' takes I = {_stream.InputSize}.", nameof(input));
        byte[] bytes = MemoryMarshal.AsBytes(input.Span).ToArray();
        await _room.EnterAsync(cancellation).ConfigureAwait(false);
        if (!_waiting.Writer.TryWrite(bytes))
        {
            _room.Leave(1);
            throw Ended();
        }
    }

    public void Complete(Exception? error) => _waiting.Writer.TryComplete(error);

    public async IAsyncEnumerable<AnswerBatch> AnswersAsync([EnumeratorCancellation] CancellationToken cancellation)
    {
        if (Interlocked.Exchange(ref _reading, 1) == 1)
            throw new InvalidOperationException($"The answers of stream '{_stream.Key}' are being read already; one reader at a time.");
        try
        {
            while (await NextAsync(cancellation).ConfigureAwait(false) is { } batch)
                yield return batch;
        }
        finally
        {
            Volatile.Write(ref _reading, 0);
        }
    }

    /// <summary>Stops writers and readers.</summary>
    public void End() => Fail(new ObjectDisposedException(nameof(StreamSession), $"The sending to stream '{_stream.Key}' was disposed."));

    private async Task<AnswerBatch?> NextAsync(CancellationToken cancellation)
    {
        if (_failure != null)
            throw _failure;
        try
        {
            // Who asks for more has stored all that was handed out.
            _confirmed = _handedOut;
            while (true)
            {
                cancellation.ThrowIfCancellationRequested();
                // Whole batches: the history inside of one is not known here. All of it is durable soon, because the window is never overfilled.
                if (_held.TryPeek(out var next) && (!_finalOnly || next.LastPosition <= _durable.Position))
                {
                    _handedOut = next.LastPosition;
                    return _held.Dequeue() with { DurablePosition = _durable.Position };
                }

                while (_waiting.Reader.TryRead(out byte[]? input))
                    _kept.Add(input);
                long count = Math.Min(_mostInputs, _kept.Last - _stands);
                if (_finalOnly)
                    count = Math.Min(count, _stream.MostInputs - (_stands - _confirmed));
                if (count > 0)
                {
                    _poll = FirstPoll;
                    await SendAsync(_stands + 1, (int)count, cancellation).ConfigureAwait(false);
                }
                else if (_durable.Position >= LastSent)
                {
                    if (!await Readable().WaitAsync(cancellation).ConfigureAwait(false))
                        return null;
                    _readable = null;
                }
                else
                {
                    await PollAsync(cancellation).ConfigureAwait(false);
                }
            }
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            Fail(exception);
            throw;
        }
    }

    /// <summary>Waits a little for more events; without any, asks how far the stream is durable.</summary>
    private async Task PollAsync(CancellationToken cancellation)
    {
        // Only a call tells it. The cheapest that the protocol has, which also notices that the stream fell back, is the last input again.
        var readable = Readable();
        bool ended = readable.IsCompletedSuccessfully && !readable.Result;
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var pause = _stream.PauseAsync(_poll, over.Token);
        var first = await Task.WhenAny(ended ? [pause] : [pause, readable]).ConfigureAwait(false);
        await over.CancelAsync().ConfigureAwait(false);
        cancellation.ThrowIfCancellationRequested();
        if (first == readable)
        {
            if (await readable.ConfigureAwait(false))
                _readable = null;
            return;
        }

        _poll = TimeSpan.FromTicks(Math.Min(_poll.Ticks * 2, LongestPoll.Ticks));
        await SendAsync(LastSent, 1, cancellation).ConfigureAwait(false);
    }

    // One task for all waits: the queue takes one waiter at a time, and a wait that was given up would still be one.
    private Task<bool> Readable() => _readable ??= _waiting.Reader.WaitToReadAsync(CancellationToken.None).AsTask();

    /// <summary>One call and what follows from its answer. Answers that were not given before are held afterwards.</summary>
    private async Task SendAsync(long first, int count, CancellationToken cancellation)
    {
        var answer = await _stream.SendAsync(new StepRequest
        {
            Key = _stream.Key,
            Incarnation = _stream.Incarnation,
            Session = _session == 0 ? null : _session,
            // Never beyond what the stream has applied: one that fell back does not know of the answers that are sent again.
            Confirmed = Math.Min(_confirmed, first - 1),
            FirstPosition = first,
            Count = count,
            Inputs = _kept.Block(first, count),
        }, cancellation).ConfigureAwait(false);
        switch (answer.Status)
        {
            case StreamStatus.Ok or StreamStatus.Duplicate:
                Take(answer, first + count - 1);
                return;
            case StreamStatus.Gap when answer.Position >= _durable.Position && answer.Position < first - 1:
                // A crash took back what was not durable. (Durable streams have nothing such: there this is StateRegressed, below.)
                _kept.Learn(answer.Position, answer.History);
                _stands = answer.Position;
                return;
            default:
                throw _stream.Refused(answer, _durable.Position, _session);
        }
    }

    private void Take(StepAnswer answer, long last)
    {
        int answers = answer.Answers.Length / (_stream.AnswerSize * sizeof(float));
        long from = last - answers + 1, next = _given + 1;
        // Duplicate is right for what is sent again after a fall: those answers were given. Others must not be missing.
        if (last >= next && from > next)
        {
            throw new LstmException(StreamStatus.Duplicate, $"{answer.Detail} Position {next} of stream '{_stream.Key}' was confirmed, "
                + "but this producer has not had its answer: another one sends here, or what this one stored is older than what it confirmed. "
                + "Resume from the store that was confirmed.")
            {
                Position = answer.Position,
                Incarnation = answer.Incarnation,
                Answers = LstmClient.ToFloats(answer.Answers),
            };
        }

        _kept.Learn(answer.Position, answer.History);
        _stands = Math.Max(_stands, last);
        _given = Math.Max(_given, last);
        if (answer.DurablePosition > _durable.Position)
            _poll = FirstPoll;
        _durable.Told(answer.DurablePosition);
        int freed = _kept.DropThrough(Math.Min(_durable.Position, _stands));
        if (freed > 0)
            _room.Leave(freed);
        if (last < next)
            return;
        int skipped = (int)(next - from) * _stream.AnswerSize;
        _held.Enqueue(new AnswerBatch(next, (int)(last - next + 1), LstmClient.ToFloats(answer.Answers).AsMemory(skipped), _durable.Position, answer.History));
    }

    private Exception Ended() => _failure is LstmException refused
        ? new LstmException(refused.Status, refused.Message, refused) { Position = refused.Position, Incarnation = refused.Incarnation, Session = refused.Session }
        : new InvalidOperationException($"No more events can be written to stream '{_stream.Key}': the writing was completed, or the sending has ended.", _failure);

    private void Fail(Exception failure)
    {
        if (Interlocked.CompareExchange(ref _failure, failure, null) != null)
            return;
        _waiting.Writer.TryComplete(failure);
        _durable.Fail(failure);
        // Whoever waits for room would wait for ever.
        _room.Close(Ended());
    }
}
