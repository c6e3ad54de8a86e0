using LstmOrleans.Contracts.Streams;

namespace LstmOrleans.Client;

/// <summary>Who a producer is and where it stands: what it stored in one transaction with the outputs it made of the answers.</summary>
public sealed record StreamSessionOptions
{
    /// <summary>The id of the stream's opening: stored by the producer before the first call. See <see cref="LstmClient.NewIncarnation"/>.</summary>
    public required ulong Incarnation { get; init; }

    /// <summary>
    /// This producer's id: random 64 bits, not 0, stored by the producer before the first call. The same id after a restart goes on
    /// with the same session; one that was ended or replaced is refused, and the next session needs a new id.
    /// </summary>
    public required ulong Session { get; init; }

    /// <summary>The last position whose answer the producer has stored; 0 for a new stream.</summary>
    public long Position { get; init; }

    /// <summary>
    /// The highest durable position the producer was told; a stream below it is refused with <see cref="StreamStatus.StateRegressed"/>.
    /// Only for <see cref="StreamMode.Checkpointed"/>: in <see cref="StreamMode.Durable"/>, and with <see cref="FinalOnly"/>, it is never
    /// below <see cref="Position"/>.
    /// </summary>
    public long DurablePosition { get; init; }

    /// <summary>
    /// The stream's history at <see cref="Position"/> (<see cref="AnswerBatch.History"/>), if the producer stored it: other inputs than
    /// those it stored answers for are then found before they are sent.
    /// </summary>
    public ulong? History { get; init; }

    /// <summary>When steps are answered, if the stream is opened now.</summary>
    public StreamMode Mode { get; init; }

    /// <summary>What is answered and let through, if the stream is opened now.</summary>
    public StreamOptions Options { get; init; }

    /// <summary>
    /// Most events in memory: those that wait, those in flight, and those that are not durable yet and may have to be sent again.
    /// Writing waits beyond that. Roughly this times 4 I bytes.
    /// </summary>
    public int WindowEvents { get; init; } = 1024;

    /// <summary>
    /// Give answers only when they are durable. Only for <see cref="StreamMode.Checkpointed"/>, where they otherwise come at once and are
    /// provisional: for a producer that stores nothing it may have to take back. At most the stream's window is on its way then.
    /// </summary>
    public bool FinalOnly { get; init; }

    /// <summary>Most events in one call; absent = what the stream's window holds.</summary>
    public int? MostInputs { get; init; }

    /// <summary>Replace a session that is open. Its producer is fenced from then on. False = that is refused.</summary>
    public bool TakeOver { get; init; }

    /// <summary>The highest position that must still be there.</summary>
    internal long Acknowledged => Mode == StreamMode.Durable || FinalOnly ? Math.Max(Position, DurablePosition) : DurablePosition;
}
