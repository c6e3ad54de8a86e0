namespace LstmOrleans.Silo.Streams;

/// <summary>What the parts of one activation tell it. An interface, because a delegate for each would be five objects more in every stream.</summary>
internal interface IStreamOwner
{
    /// <summary>A write failed, or who was told of one threw; for the log. On any thread.</summary>
    void WriteFailed(Exception exception);

    /// <summary>The store refused a write or a look at the row, in this turn.</summary>
    /// <param name="written">What was on disk when the last write succeeded: another value means that one has meanwhile.</param>
    void StoreFails(long written);

    /// <summary>A look at the row succeeded, in this turn.</summary>
    void StoreWorks();

    /// <summary><see cref="StreamCommits.Ended"/> was found, in this turn.</summary>
    void Ended();

    /// <summary>Checkpointed: events were staged; so many positions are not durable.</summary>
    void IsBehind(long positions);
}
