using LstmOrleans.Client.Sessions;
using LstmOrleans.Contracts.Streams;

namespace LstmOrleans.Client;

/// <summary>One producer's hold on a stream: events in, answers out, in order, each exactly once.</summary>
/// <remarks>
/// <para>Life of a producer. It stores incarnation and session id, opens the session, and then repeats for ever: read a batch of answers,
/// store its outputs and <see cref="AnswerBatch.LastPosition"/> in one transaction, ask for the next batch, which confirms this one. Killed
/// anywhere, it opens the session again with what it stored and writes again from behind <see cref="ResumeAfter"/>: inputs that were
/// applied get the same answers, and none twice.</para>
/// <para>One task writes and one reads; the reading sends. So answers must be read, or nothing moves, and writing waits when
/// <see cref="StreamSessionOptions.WindowEvents"/> events are in memory.</para>
/// <para>In <see cref="StreamMode.Checkpointed"/> answers beyond the durable position are provisional. After a crash of the server the session sends
/// the inputs behind the durable position again, by itself: the answers that were given become final, and are not given again. What the
/// producer's own restart needs is the inputs behind the durable position, from its source.</para>
/// </remarks>
public sealed class StreamSession : IAsyncDisposable
{
    private readonly IStreamGrain _grain;
    private readonly StreamCalls _calls;
    private readonly EventFlow _flow;

    internal StreamSession(IStreamGrain grain, StreamCalls calls, LstmStream stream, ulong session, EventFlow flow, long resumeAfter)
    {
        (_grain, _calls, _flow) = (grain, calls, flow);
        (Stream, Session, ResumeAfter) = (stream, session, resumeAfter);
    }

    /// <summary>The stream: its key and sizes.</summary>
    public LstmStream Stream { get; }

    /// <summary>This session's id.</summary>
    public ulong Session { get; }

    /// <summary>
    /// The first event to write is that of the position behind this one. It is what the producer stored, or in
    /// <see cref="StreamMode.Checkpointed"/> the durable position if that is lower: inputs in between are kept, in case that the stream falls
    /// back, and their answers are not given again.
    /// </summary>
    public long ResumeAfter { get; }

    /// <summary>The highest durable position that was told; it never falls. Inputs up to it are never needed again.</summary>
    public long DurablePosition => _flow.DurablePosition;

    /// <summary>Events in memory: those that wait, those in flight, and those that are not durable yet.</summary>
    public int Pending => _flow.Pending;

    /// <summary>Queues the event of the next position; waits while there is no room.</summary>
    /// <param name="input">(I); copied.</param>
    /// <param name="cancellation">Ends the wait; the event is then not queued.</param>
    /// <exception cref="LstmException">The reading of the answers has failed, for the same reason.</exception>
    public ValueTask WriteAsync(ReadOnlyMemory<float> input, CancellationToken cancellation = default) => _flow.WriteAsync(input, cancellation);

    /// <summary>No more events will come; the reading ends when all are answered and durable.</summary>
    /// <param name="error">Why, where it is an error: the reader gets it.</param>
    public void Complete(Exception? error = null) => _flow.Complete(error);

    /// <summary>
    /// Sends what is queued and gives the answers. Asking for the next batch confirms the one before, so it must be stored by then. Ends after
    /// <see cref="Complete"/>.
    /// </summary>
    /// <exception cref="LstmException">
    /// Fenced: another producer took the stream over. StateRegressed, Diverged: the stream is not the one that was sent to. Others: refused calls.
    /// </exception>
    public IAsyncEnumerable<AnswerBatch> AnswersAsync(CancellationToken cancellation = default) => _flow.AnswersAsync(cancellation);

    /// <summary>Waits until a position is durable. Answers must be read meanwhile: the reading asks for it.</summary>
    /// <exception cref="LstmException">The reading of the answers has failed.</exception>
    public Task WhenDurableAsync(long position, CancellationToken cancellation = default) => _flow.WhenDurableAsync(position, cancellation);

    /// <summary>Ends the session: the stream is free for others, and this id is used up. A repeat does nothing.</summary>
    /// <exception cref="LstmException">Fenced: the session was replaced.</exception>
    public Task EndAsync(CancellationToken cancellation = default) => SessionOpening.EndAsync(
        _grain, _calls, new SessionRequest { Key = Stream.Key, Incarnation = Stream.Incarnation, Session = Session }, cancellation);

    /// <summary>Stops sending from here. The session stays open, so that this producer, and no other, goes on with it after a restart.</summary>
    public ValueTask DisposeAsync()
    {
        _flow.End();
        return ValueTask.CompletedTask;
    }
}
