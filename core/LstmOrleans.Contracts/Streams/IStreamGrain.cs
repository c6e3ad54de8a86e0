using Orleans.Concurrency;

namespace LstmOrleans.Contracts.Streams;

/// <summary>One live sequence. The grain's key is the application's own id of the stream.</summary>
[Alias("lstm.IStreamGrain")]
public interface IStreamGrain : IGrainWithStringKey
{
    /// <summary>Binds the stream to a model. Written before it is answered; a repeat with the same incarnation gets the first result.</summary>
    [Alias("Open")]
    Task<OpenAnswer> Open(OpenRequest request);

    /// <summary>Applies k &gt;= 1 events, exactly once each. A refused call changes nothing.</summary>
    [Alias("Step")]
    Task<StepAnswer> Step(StepRequest request);

    /// <summary>Reads the durable state.</summary>
    [Alias("Show"), ReadOnly]
    Task<StreamView> Show();
}
