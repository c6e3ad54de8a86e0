using Orleans.Concurrency;

namespace LstmOrleans.Contracts.Streams;

/// <summary>One live sequence. The grain's key is the application's own id of the stream.</summary>
/// <remarks>
/// All calls interleave: while the write of one is under way the next is computed on top of it, and one write then covers all that came
/// meanwhile. What a call answers is on disk first, except in <see cref="StreamMode.Checkpointed"/>, whose answers say what is.
/// </remarks>
[Alias("lstm.IStreamGrain")]
public interface IStreamGrain : IGrainWithStringKey
{
    /// <summary>Binds the stream to a model. Written before it is answered; a repeat with the same incarnation gets the first result.</summary>
    [Alias("Open"), AlwaysInterleave]
    Task<OpenAnswer> Open(OpenRequest request);

    /// <summary>Applies k &gt;= 1 events, exactly once each. A refused call changes nothing.</summary>
    [Alias("Step"), AlwaysInterleave]
    Task<StepAnswer> Step(StepRequest request);

    /// <summary><see cref="Step"/> whose answer comes by another way: together with the answers to the client's other steps, which saves about a fifth of what an event costs.</summary>
    /// <remarks>Nothing comes where the request or the answer is lost on the way. Then, after a time, the caller sends the same with <see cref="Step"/>.</remarks>
    /// <param name="request">The events.</param>
    /// <param name="receiver">The client's <see cref="IAnswerReceiver"/>.</param>
    /// <param name="call">What the client calls this step; told with the answer.</param>
    [Alias("Submit"), AlwaysInterleave, OneWay]
    Task Submit(StepRequest request, GrainId receiver, long call);

    /// <summary>Reads the durable state.</summary>
    [Alias("Show"), AlwaysInterleave, ReadOnly]
    Task<StreamView> Show();

    /// <summary>Gives one producer the stream: other sessions and calls without one are fenced until it ends.</summary>
    [Alias("OpenSession"), AlwaysInterleave]
    Task<SessionAnswer> OpenSession(SessionRequest request);

    /// <summary>Ends a session; the stream is free for any caller. A repeat does nothing.</summary>
    [Alias("EndSession"), AlwaysInterleave]
    Task<SessionAnswer> EndSession(SessionRequest request);

    /// <summary>Begins the stream anew at position 0 with h = c = 0, with the same model, under a new incarnation.</summary>
    [Alias("Reset"), AlwaysInterleave]
    Task<OperationAnswer> Reset(ResetRequest request);

    /// <summary>Ends the stream. A tombstone with its last position stays for a time.</summary>
    [Alias("Close"), AlwaysInterleave]
    Task<OperationAnswer> Close(CloseRequest request);

    /// <summary>Copies the durable state to a new stream under another key.</summary>
    [Alias("Fork"), AlwaysInterleave]
    Task<OperationAnswer> Fork(ForkRequest request);

    /// <summary>Gives the durable state as a file (<see cref="StreamSnapshot"/>).</summary>
    [Alias("Export"), AlwaysInterleave]
    Task<ExportAnswer> Export(ExportRequest request);

    /// <summary>Makes a stream, under this key, from what <see cref="Export"/> gave.</summary>
    [Alias("Import"), AlwaysInterleave]
    Task<OperationAnswer> Import(ImportRequest request);
}
