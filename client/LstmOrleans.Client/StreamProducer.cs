using LstmOrleans.Client.Sessions;

namespace LstmOrleans.Client;

/// <summary>
/// Sends one stream's events in order, without a session: nothing keeps another producer from sending to the same stream.
/// <see cref="StreamSession"/> is the same with a hold on the stream.
/// </summary>
/// <remarks>
/// One call is in flight, and the next carries everything that waits. Writers wait when <c>capacity</c> events are in memory.
/// Asking for the next batch confirms the one before: by then its reader has stored it (see <see cref="AnswersAsync"/>).
/// </remarks>
public sealed class StreamProducer
{
    private readonly EventFlow _flow;

    /// <summary>A producer that goes on behind a position.</summary>
    /// <param name="stream">The open stream.</param>
    /// <param name="position">The last position whose answer this application has stored; 0 for a new stream.</param>
    /// <param name="capacity">Events in memory: those that wait, those in flight, and those that are not durable yet.</param>
    /// <param name="mostInputs">Most events in one call; absent = what the stream's window holds.</param>
    /// <param name="finalOnly">Give answers only when they are durable (<see cref="StreamSessionOptions.FinalOnly"/>).</param>
    public StreamProducer(LstmStream stream, long position, int capacity = 1024, int? mostInputs = null, bool finalOnly = false)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentOutOfRangeException.ThrowIfNegative(position);
        ArgumentOutOfRangeException.ThrowIfLessThan(capacity, 1);
        _flow = new EventFlow(stream, session: 0, new FlowStart(position, position, position), capacity, mostInputs, finalOnly);
    }

    /// <summary>Queues an event; waits while there is no room.</summary>
    /// <param name="input">(I); copied.</param>
    /// <param name="cancellation">Ends the wait; the event is then not queued.</param>
    public ValueTask WriteAsync(ReadOnlyMemory<float> input, CancellationToken cancellation = default) => _flow.WriteAsync(input, cancellation);

    /// <summary>No more events will come.</summary>
    public void Complete(Exception? error = null) => _flow.Complete(error);

    /// <summary>Sends what is queued and gives the answers. The reader must have stored a batch before it asks for the next.</summary>
    public IAsyncEnumerable<AnswerBatch> AnswersAsync(CancellationToken cancellation = default) => _flow.AnswersAsync(cancellation);
}
