using LstmOrleans.Contracts.Streams;

namespace LstmOrleans.Faults.Producers;

/// <summary>How the positions of one call were received.</summary>
internal enum CallEnd
{
    /// <summary>Every position of it is answered.</summary>
    Answered,

    /// <summary>To be sent again.</summary>
    Again,

    /// <summary>The stream stands below what was acknowledged.</summary>
    Regressed,

    /// <summary>Checkpointed: the stream stands below what was answered, but not below what was told to be durable.</summary>
    FellBack,

    /// <summary>The stream's producers end; the ledger says why.</summary>
    Broken,
}

/// <summary>Sends calls of one stream and writes what was told into its ledger.</summary>
internal sealed class StreamCalls
{
    // A stream that has lost something shows it again and again.
    private const int MostLines = 10;
    private const int AnswerBytes = FaultModel.AnswerSize * sizeof(float);

    private readonly ProducerContext _context;
    private readonly int _stream;
    private readonly StreamEvents _events;
    private readonly IStreamGrain _grain;
    private readonly StreamLedger _ledger;
    private readonly bool _checkpointed;

    public StreamCalls(ProducerContext context, int stream, ClusterConnection? connection = null)
    {
        (_context, _stream, _events) = (context, stream, context.Events(stream));
        _checkpointed = ProducerContext.IsCheckpointed(stream);
        (_grain, _ledger) = ((connection ?? context.Connection).Stream(_events.Key), context.Ledgers[stream]);
    }

    /// <summary>Sends one call and waits for its answer at most so long.</summary>
    /// <returns>How it ended, and the answers that were told.</returns>
    public async Task<(CallEnd End, StepAnswer? Answer)> SendAsync(long first, int count, TimeSpan patience, CancellationToken cancellation)
    {
        var request = new StepRequest
        {
            Key = _events.Key,
            Incarnation = _events.Incarnation,
            FirstPosition = first,
            Count = count,
            Inputs = _events.InputBytes(first, count),
        };
        long durable = Leaving(request);
        StepAnswer answer;
        try
        {
            answer = await _grain.Step(request).WaitAsync(patience, cancellation);
        }
        catch (Exception exception) when (exception is not OperationCanceledException || !cancellation.IsCancellationRequested)
        {
            _context.Counters.AddFailedCall();
            _ledger.LastProblem = $"{exception.GetType().Name}: {exception.Message}";
            return (CallEnd.Again, null);
        }

        return IsLost() ? (CallEnd.Again, null) : (Arrived(request, answer, durable), answer);
    }

    /// <summary>Notes that a call leaves.</summary>
    /// <returns>The highest durable position that was told by then.</returns>
    public long Leaving(StepRequest request)
    {
        _ledger.Sending(request.FirstPosition!.Value, request.Count, request.Session == null ? null : request.Confirmed);
        return _ledger.DurableTold;
    }

    /// <summary>Whether an answer that has just arrived is to be thrown away as if it had not.</summary>
    public bool IsLost()
    {
        if (!_context.Conditions.LoseAnswers || !ProducerContext.MayLoseAnswers(_stream))
            return false;
        _context.Counters.AddDroppedAnswer();
        return true;
    }

    /// <summary>Writes an answer into the ledger.</summary>
    /// <param name="request">The call.</param>
    /// <param name="answer">What was told.</param>
    /// <param name="durable">What <see cref="Leaving"/> gave.</param>
    public CallEnd Arrived(StepRequest request, StepAnswer answer, long durable)
    {
        if (answer.Status == StreamStatus.Ok && answer.DurablePosition < durable)
        {
            _context.Counters.AddStaleRead();
            _context.Options.Log($"stream {_stream} told durable position {answer.DurablePosition}; {durable} was told before the call");
        }

        return Receive(request.FirstPosition!.Value, request.Count, answer, durable);
    }

    /// <summary>Sends a call past the ledger; null = it was not answered.</summary>
    public async Task<StepAnswer?> SendUnnoticedAsync(long first, int count, ReadOnlyMemory<byte> inputs, TimeSpan patience, CancellationToken cancellation)
    {
        try
        {
            return await _grain.Step(new StepRequest { Key = _events.Key, Incarnation = _events.Incarnation, FirstPosition = first, Count = count, Inputs = inputs })
                .WaitAsync(patience, cancellation);
        }
        catch (Exception exception) when (exception is not OperationCanceledException || !cancellation.IsCancellationRequested)
        {
            return null;
        }
    }

    /// <summary>The same, with the inputs of these positions.</summary>
    public Task<StepAnswer?> SendUnnoticedAsync(long first, int count, TimeSpan patience, CancellationToken cancellation) =>
        SendUnnoticedAsync(first, count, _events.InputBytes(first, count), patience, cancellation);

    /// <summary>Sends an extra call once, whatever comes of it; what is told must still be true.</summary>
    public async Task SendExtraAsync(long first, int count, CancellationToken cancellation)
    {
        _context.Counters.AddDisturbance();
        try
        {
            await SendAsync(first, count, TimeSpan.FromSeconds(15), cancellation);
        }
        catch (OperationCanceledException)
        {
            // The run is over.
        }
    }

    /// <summary>Reads the stream; what it shows must not be below what was acknowledged before the read.</summary>
    /// <returns>Whether it was answered with a state.</returns>
    public async Task<bool> ReadAsync(CancellationToken cancellation, Action? onAnswer = null)
    {
        long acknowledged = Math.Max(_ledger.DurableTold, _checkpointed ? 0 : _ledger.HighestAcknowledged);
        StreamView view;
        try
        {
            view = await _grain.Show().WaitAsync(TimeSpan.FromSeconds(5), cancellation);
        }
        catch (Exception exception) when (exception is not OperationCanceledException || !cancellation.IsCancellationRequested)
        {
            return false;
        }

        onAnswer?.Invoke();
        if (view.Status.IsRetryable())
            return false;
        if (view.Status != StreamStatus.Ok || view.DurablePosition < acknowledged)
        {
            _context.Counters.AddStaleRead();
            if (_context.Counters.StaleReads <= MostLines)
                _context.Options.Log($"stale read: stream {_stream} showed {view.Status} at {view.DurablePosition} on {view.Silo}; {acknowledged} was acknowledged before");
        }

        _ledger.ToldDurable(view.DurablePosition);

        return true;
    }

    /// <summary>Whether the stream's activation is on the silo with this port.</summary>
    public async Task<bool> LivesOnAsync(int siloPort, CancellationToken cancellation)
    {
        try
        {
            var view = await _grain.Show().WaitAsync(TimeSpan.FromSeconds(5), cancellation);
            return view.Silo.Contains($":{siloPort}:", StringComparison.Ordinal);
        }
        catch (Exception exception) when (exception is not OperationCanceledException || !cancellation.IsCancellationRequested)
        {
            return false;
        }
    }

    private CallEnd Receive(long first, int count, StepAnswer answer, long durable)
    {
        if (answer.Status != StreamStatus.Ok)
            _ledger.LastProblem = $"{answer.Status} to {first}: {answer.Detail}";
        long last = first + count - 1;
        int told = answer.Answers.Length / AnswerBytes;
        switch (answer.Status)
        {
            case StreamStatus.Ok or StreamStatus.Duplicate:
                // With answers in it, the position is that of the call's last input; without, that of the stream.
                long most = told > 0 ? last : _ledger.Sent;
                if (answer.Position > most || told > count || (!_checkpointed && answer.DurablePosition < last))
                {
                    _ledger.AddDoubled(Math.Max(1, answer.Position - most));
                    return Break($"answered {answer.Status} at {answer.Position} (durable {answer.DurablePosition}) to positions {first} to {last}");
                }

                _ledger.ToldDurable(answer.DurablePosition);
                if (told < count)
                    _ledger.ToldDuplicate(first, last - told);
                _context.Counters.AddDuplicates(count - told + _ledger.Told(last - told + 1, answer.Answers.Span));
                return CallEnd.Answered;
            case StreamStatus.Gap or StreamStatus.NotOpen:
                if (_checkpointed && answer.Status == StreamStatus.Gap && answer.Position >= _ledger.DurableTold)
                    return CallEnd.FellBack;
                return answer.Position < Math.Max(_ledger.Acknowledged, durable) || answer.Status == StreamStatus.NotOpen ? CallEnd.Regressed : CallEnd.Again;
            case StreamStatus.WindowFull:
                return CallEnd.Again;
            case StreamStatus.StorageRefused:
                _context.Counters.AddRefusedByStore();
                return CallEnd.Again;
            default:
                return answer.Status.IsRetryable() ? CallEnd.Again : Break($"refused positions {first} to {last}: {answer.Status}. {answer.Detail}");
        }
    }

    private CallEnd Break(string why)
    {
        if (_ledger.Broken == null)
            _context.Options.Log($"stream {_stream} {why}");
        _ledger.Break(why);
        return CallEnd.Broken;
    }
}
