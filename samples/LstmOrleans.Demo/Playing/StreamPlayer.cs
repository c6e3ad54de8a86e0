using System.Runtime.InteropServices;
using LstmOrleans.Client;
using LstmOrleans.Contracts.Streams;
using LstmOrleans.Demo.Inputs;
using LstmOrleans.Demo.Overlay;
using LstmOrleans.Demo.Store;
using LstmOrleans.Forecasting;
using LstmOrleans.Numerics.ModelFile;

namespace LstmOrleans.Demo.Playing;

/// <summary>Plays one stream from where it stands to its last row.</summary>
/// <remarks>
/// Each row is one event. Events are queued as they come; one call is in flight, and the next carries what waits. Answers are scored,
/// stored with the position in one transaction, and confirmed by the next call. So this loop may end anywhere, also by a killed process.
/// </remarks>
internal sealed class StreamPlayer
{
    // Rows that may wait for the call in flight. More would be memory that a live source does not have.
    private const int WaitingCalls = 2;

    private readonly IStreamRows _stream;
    private readonly StoredStream _stored;
    private readonly StreamFold _fold;
    private readonly StreamTrace _trace;
    private readonly ForecastForm _form;
    private readonly int _eventsPerCall;

    public StreamPlayer(IStreamRows stream, StoredStream stored, ScorerParameters parameters, StreamTrace trace, int eventsPerCall)
    {
        (_stream, _stored, _trace, _eventsPerCall, _form) = (stream, stored, trace, eventsPerCall, parameters.Forecast);
        _fold = StreamFold.At(parameters, stream.WarmRows(parameters), stored);
    }

    public async Task Play(LstmClient client, ModelHash model, CommitQueue commits, IPlayObserver observer, CancellationToken cancellation)
    {
        try
        {
            await PlayOn(client, model, commits, observer, cancellation);
        }
        catch (LstmException refused) when (!refused.Status.IsRetryable())
        {
            // Whatever happens to this process, the stream is never behind what was stored here. A store that was exchanged is.
            throw new DemoException($"{refused.Message} The silo's store and the demo's are not of the same run any more: begin anew with --fresh.", refused);
        }
    }

    private async Task PlayOn(LstmClient client, ModelHash model, CommitQueue commits, IPlayObserver observer, CancellationToken cancellation)
    {
        var opened = await client.OpenAsync(_stream.Name, model.ToString(), _stored.Incarnation, cancellation: cancellation);
        var producer = new StreamProducer(opened, _stored.Position, _eventsPerCall * WaitingCalls, _eventsPerCall);
        // Before the first answer is folded: it starts from the features at the stored position.
        var writing = WriteRows(producer, _fold.Features, cancellation);
        await foreach (var batch in producer.AnswersAsync(cancellation))
        {
            var (commit, drawn) = Score(batch);
            await commits.Store(commit);
            observer.Stored(_stored.Id, commit);
            foreach (var (value, forecast) in drawn)
                _trace.Add(value, forecast);
            _trace.Add(commit.Alarms);
        }

        await writing;
    }

    private async Task WriteRows(StreamProducer producer, StreamFeatures features, CancellationToken cancellation)
    {
        try
        {
            for (long position = _stored.Position + 1; await _stream.HasAsync(position, cancellation); position++)
            {
                features = features.Next(_stream.Value(position));
                float[] input = new float[StreamFeatures.InputSize];
                features.WriteInputs(input);
                await producer.WriteAsync(input, cancellation);
            }

            producer.Complete();
        }
        catch (Exception failure)
        {
            // Who reads the answers gets it.
            producer.Complete(failure);
        }
    }

    private (StreamCommit Commit, List<(double Value, double Forecast)> Drawn) Score(in AnswerBatch batch)
    {
        var alarms = new List<Alarm>();
        var drawn = new List<(double Value, double Forecast)>();
        var answers = batch.Answers.Span;
        for (int index = 0; index < batch.Count; index++)
        {
            long position = batch.FirstPosition + index;
            double value = _stream.Value(position);
            var answer = answers.Slice(index * ForecastForm.AnswerSize, ForecastForm.AnswerSize);
            _fold.Push(position, value, answer, alarms);
            drawn.Add((value, _form.Value(0, _fold.Features, answer)));
        }

        return (new StreamCommit(_stored.Id, batch.FirstPosition, batch.Count, MemoryMarshal.AsBytes(answers).ToArray(), _fold.Store(), alarms), drawn);
    }
}
