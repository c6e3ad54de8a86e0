using System.Runtime.InteropServices;
using LstmOrleans.Client;
using LstmOrleans.Contracts.Streams;
using LstmOrleans.Demo.Inputs;
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

    private readonly PlayedStream _stream;
    private readonly StoredStream _stored;
    private readonly StreamFold _fold;
    private readonly int _eventsPerCall;

    public StreamPlayer(PlayedStream stream, StoredStream stored, ScorerParameters parameters, int eventsPerCall)
    {
        (_stream, _stored, _eventsPerCall) = (stream, stored, eventsPerCall);
        _fold = StreamFold.At(parameters, stream.Values.Length, stored);
    }

    public async Task Play(LstmClient client, ModelHash model, CommitQueue commits, PlayProgress progress, CancellationToken cancellation)
    {
        try
        {
            await PlayOn(client, model, commits, progress, cancellation);
        }
        catch (LstmException refused) when (!refused.Status.IsRetryable())
        {
            // Whatever happens to this process, the stream is never behind what was stored here. A store that was exchanged is.
            throw new DemoException($"{refused.Message} The silo's store and the demo's are not of the same run any more: begin anew with --fresh.", refused);
        }
    }

    private async Task PlayOn(LstmClient client, ModelHash model, CommitQueue commits, PlayProgress progress, CancellationToken cancellation)
    {
        var opened = await client.OpenAsync(_stream.Name, model.ToString(), _stored.Incarnation, cancellation: cancellation);
        var producer = new StreamProducer(opened, _stored.Position, _eventsPerCall * WaitingCalls, _eventsPerCall);
        // Before the first answer is folded: it starts from the features at the stored position.
        var writing = WriteRows(producer, _fold.Features, cancellation);
        await foreach (var batch in producer.AnswersAsync(cancellation))
        {
            var commit = Score(batch);
            await commits.Store(commit);
            progress.Stored(_stored.Id, commit);
        }

        await writing;
    }

    private async Task WriteRows(StreamProducer producer, StreamFeatures features, CancellationToken cancellation)
    {
        try
        {
            for (long row = _stored.Position; row < _stream.Values.Length; row++)
            {
                features = features.Next(_stream.Values[row]);
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

    private StreamCommit Score(in AnswerBatch batch)
    {
        var alarms = new List<Alarm>();
        var answers = batch.Answers.Span;
        for (int index = 0; index < batch.Count; index++)
        {
            long position = batch.FirstPosition + index;
            _fold.Push(position, _stream.Values[position - 1], answers.Slice(index * ForecastForm.AnswerSize, ForecastForm.AnswerSize), alarms);
        }

        return new StreamCommit(_stored.Id, batch.FirstPosition, batch.Count, MemoryMarshal.AsBytes(answers).ToArray(), _fold.Store(), alarms);
    }
}
