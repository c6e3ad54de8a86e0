namespace LstmOrleans.Silo.Storage.Sqlite;

/// <summary>Something to be read, that waits for a reader thread.</summary>
internal abstract class PendingRead
{
    /// <summary>Reads and completes. What is thrown goes to <see cref="Fail"/>.</summary>
    public abstract void Run(RecordReader reader);

    public abstract void Fail(Exception failure);
}

/// <summary>The same, with its task.</summary>
internal sealed class PendingRead<T>(Func<RecordReader, T> read) : PendingRead
{
    private readonly TaskCompletionSource<T> _result = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task<T> Task => _result.Task;

    public override void Run(RecordReader reader) => _result.SetResult(read(reader));

    public override void Fail(Exception failure) => _result.SetException(failure);
}
