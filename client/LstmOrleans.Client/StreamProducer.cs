using System.Runtime.CompilerServices;
using System.Threading.Channels;

namespace LstmOrleans.Client;

/// <summary>Answers to consecutive events.</summary>
/// <param name="FirstPosition">Position of the first.</param>
/// <param name="Count">k.</param>
/// <param name="Answers">(k, A)</param>
public readonly record struct AnswerBatch(long FirstPosition, int Count, ReadOnlyMemory<float> Answers);

/// <summary>Sends one stream's events in order: one call in flight, and the next call carries everything that waits.</summary>
/// <remarks>
/// Calls over a socket may overtake each other, so a second one is never sent before the first is answered; under load the calls
/// grow instead. Writers wait when <c>capacity</c> events are queued: memory is bounded.
/// Asking for the next batch confirms the one before: by then its reader has stored it (see <see cref="AnswersAsync"/>).
/// </remarks>
public sealed class StreamProducer
{
    private readonly LstmStream _stream;
    private readonly Channel<float[]> _waiting;
    private readonly int _mostInputs;
    private long _position;

    /// <summary>A producer that goes on behind a position.</summary>
    /// <param name="stream">The open stream.</param>
    /// <param name="position">The last position whose answer this application has stored; 0 for a new stream.</param>
    /// <param name="capacity">Events that may wait.</param>
    /// <param name="mostInputs">Most events in one call; absent = what the stream's window holds.</param>
    public StreamProducer(LstmStream stream, long position, int capacity = 1024, int? mostInputs = null)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentOutOfRangeException.ThrowIfNegative(position);
        ArgumentOutOfRangeException.ThrowIfLessThan(capacity, 1);
        _stream = stream;
        _position = position;
        _mostInputs = Math.Clamp(mostInputs ?? stream.MostInputs, 1, stream.MostInputs);
        _waiting = Channel.CreateBounded<float[]>(new BoundedChannelOptions(capacity) { SingleReader = true });
    }

    /// <summary>Queues an event; waits while the queue is full.</summary>
    /// <param name="input">(I); not copied, so it must not change before it is answered.</param>
    /// <param name="cancellation">Ends the wait; the event is then not queued.</param>
    public ValueTask WriteAsync(float[] input, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(input);
        if (input.Length != _stream.InputSize)
            throw new ArgumentException($"The event has {input.Length} features; stream '{_stream.Key}' takes I = {_stream.InputSize}.", nameof(input));
        return _waiting.Writer.WriteAsync(input, cancellation);
    }

    /// <summary>No more events will come.</summary>
    public void Complete(Exception? error = null) => _waiting.Writer.TryComplete(error);

    /// <summary>Sends what is queued and gives the answers. The reader must have stored a batch before it asks for the next.</summary>
    public async IAsyncEnumerable<AnswerBatch> AnswersAsync([EnumeratorCancellation] CancellationToken cancellation = default)
    {
        float[] inputs = new float[_mostInputs * _stream.InputSize];
        while (await _waiting.Reader.WaitToReadAsync(cancellation).ConfigureAwait(false))
        {
            int count = 0;
            while (count < _mostInputs && _waiting.Reader.TryRead(out float[]? input))
                input.CopyTo(inputs, count++ * _stream.InputSize);
            long first = _position + 1;
            float[] answers = await _stream.StepAsync(first, inputs.AsMemory(0, count * _stream.InputSize), _position, cancellation).ConfigureAwait(false);
            yield return new AnswerBatch(first, count, answers);
            _position += count;
        }
    }
}
