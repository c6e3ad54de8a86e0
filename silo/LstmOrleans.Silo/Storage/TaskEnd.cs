namespace LstmOrleans.Silo.Storage;

/// <summary>The end of a write as a task: what a caller awaits who is not an <see cref="IWriteEnd"/> itself.</summary>
/// <remarks>Continuations never run on the thread that ends the write: the code of a thousand grains would run between two groups.</remarks>
internal sealed class TaskEnd() : TaskCompletionSource<Etag>(TaskCreationOptions.RunContinuationsAsynchronously), IWriteEnd
{
    void IWriteEnd.OnDisk(Etag etag) => SetResult(etag);

    void IWriteEnd.Fails(Exception failure) => SetException(failure);
}
