using LstmOrleans.Silo.Storage;
using Orleans.Storage;

namespace LstmOrleans.Cluster.Tests.Protocol;

/// <summary>How a held call to the store ends.</summary>
internal enum Reply
{
    /// <summary>Done, and told.</summary>
    Ok,

    /// <summary>Not done, and told so: disk full.</summary>
    Refused,

    /// <summary>Not done; the caller only sees an error.</summary>
    Failed,

    /// <summary>Done, but the caller only sees an error.</summary>
    Lost,
}

/// <summary>One stream's row, under etags. Calls are held until the test says how they end.</summary>
internal sealed class HeldRow
{
    private long _etags;

    public string? ETag { get; private set; }

    public byte[] Record { get; private set; } = [];

    /// <summary>What happens at the row itself.</summary>
    public InconsistentStateException? Apply(string? expected, byte[]? record, out string? etag)
    {
        etag = null;
        if (ETag != expected)
            return new InconsistentStateException("The stored etag is another.", ETag, expected);
        (ETag, Record) = (etag = record == null ? null : new Etag((UInt128)(++_etags), 1).ToString(), record ?? []);
        return null;
    }
}

/// <summary>The connection of one activation to the row.</summary>
internal class HeldStorage(HeldRow row) : IGrainStorage
{
    private Action<Reply>? _write;
    private Action<Reply>? _read;

    /// <summary>What a read that fails throws.</summary>
    public Exception ReadFailure { get; set; } = new IOException("The store did not answer.");

    /// <summary>Whether reads wait too, or are answered at once.</summary>
    public bool HoldReads { get; set; }

    public bool HasWrite => _write != null;

    public bool HasRead => _read != null;

    /// <summary>Ends the held write.</summary>
    public void EndWrite(Reply reply) => Take(ref _write)(reply);

    /// <summary>Ends the held read; only Ok and Failed differ.</summary>
    public void EndRead(Reply reply) => Take(ref _read)(reply);

    /// <summary>The process is gone; its held write reaches the row or does not.</summary>
    public void Crash(bool writeHappens)
    {
        if (writeHappens && _write != null)
            EndWrite(Reply.Lost);
        (_write, _read) = (null, null);
    }

    public Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        void End(Reply reply)
        {
            if (reply != Reply.Ok)
            {
                done.SetException(ReadFailure);
                return;
            }

            (grainState.ETag, grainState.RecordExists) = (row.ETag, row.ETag != null);
            grainState.State = (T)(object)new StreamRecordBlob { Record = [.. row.Record] };
            done.SetResult();
        }

        if (HoldReads)
            _read = End;
        else
            End(Reply.Ok);
        return done.Task;
    }

    public Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) =>
        Hold(grainState.ETag, ((StreamRecordBlob)(object)grainState.State!).Record, etag => (grainState.ETag, grainState.RecordExists) = (etag, true));

    public Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) =>
        Hold(grainState.ETag, null, _ => (grainState.ETag, grainState.RecordExists) = (null, false));

    /// <param name="expected">The caller's etag.</param>
    /// <param name="record">Read when the write ends and not before: the bytes must not change until then.</param>
    /// <param name="written">Told the new etag.</param>
    protected Task<string?> Hold(string? expected, ReadOnlyMemory<byte>? record, Action<string?> written)
    {
        var done = new TaskCompletionSource<string?>(TaskCreationOptions.RunContinuationsAsynchronously);
        Hold(expected, record, etag =>
        {
            written(etag);
            done.SetResult(etag);
        }, done.SetException);
        return done.Task;
    }

    /// <summary>The same, told by calls.</summary>
    protected void Hold(string? expected, ReadOnlyMemory<byte>? record, Action<string?> written, Action<Exception> failed)
    {
        if (_write != null)
            throw new InvalidOperationException("Two writes of one stream are in flight.");
        _write = reply =>
        {
            string? etag = null;
            Exception? problem = reply switch
            {
                Reply.Refused => new StorageRefusedException("The disk is full."),
                Reply.Failed => new IOException("The connection broke."),
                _ => row.Apply(expected, record?.ToArray(), out etag),
            };
            if (reply == Reply.Lost)
                problem = new IOException("The reply was lost.");
            if (problem != null)
            {
                failed(problem);
                return;
            }

            written(etag);
        };
    }

    private static Action<Reply> Take(ref Action<Reply>? held)
    {
        var taken = held ?? throw new InvalidOperationException("Nothing is held.");
        held = null;
        return taken;
    }
}

/// <summary>The same with the short way that the product's own stores have.</summary>
internal sealed class HeldRecordStorage(HeldRow row) : HeldStorage(row), IRecordStore
{
    public void Write(StorageKey key, ReadOnlyMemory<byte> record, Etag? expected, IWriteEnd end) =>
        Hold(expected?.ToString(), record, text =>
        {
            Assert.True(Etag.TryParse(text!, out var etag));
            end.OnDisk(etag);
        }, end.Fails);
}
