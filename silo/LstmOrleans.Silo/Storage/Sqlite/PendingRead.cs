namespace LstmOrleans.Silo.Storage.Sqlite;

/// <summary>Something to be read, that waits for a reader thread.</summary>
internal abstract class PendingRead
{
    /// <summary>Reads. What is thrown goes to <see cref="Fail"/>.</summary>
    public abstract void Run(RecordReader reader);

    /// <summary>Completes with what was read.</summary>
    public abstract void Tell();

    public abstract void Fail(Exception failure);
}

/// <summary>The same, with its task.</summary>
internal sealed class PendingRead<T>(Func<RecordReader, T> read) : PendingRead
{
    private readonly TaskCompletionSource<T> _result = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private T? _value;

    public Task<T> Task => _result.Task;

    public override void Run(RecordReader reader) => _value = read(reader);

    public override void Tell() => _result.SetResult(_value!);

    public override void Fail(Exception failure) => _result.SetException(failure);
}
