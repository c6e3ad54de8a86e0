using LstmOrleans.Contracts.Streams;
using LstmOrleans.Silo.Storage;
using LstmOrleans.Silo.Telemetry;
using Orleans.Storage;

namespace LstmOrleans.Silo.Streams;

/// <summary>Why something that was computed did not become durable. Nothing of it was acknowledged.</summary>
internal sealed record CommitFailure(StreamStatus Status, string Detail);

/// <summary>One stream's record: what is on disk, and what has been computed on top of it. Group commit for a single stream.</summary>
/// <remarks>
/// <code>
///   Committed ──────► being written ──────► Pending
///   on disk,          one write in flight,   the newest, what calls
///   what is told      serialised when it     are computed on
///                     was issued
/// </code>
/// <para>Calls stage records and wait until what they staged is durable. While a write is in flight later calls go on from Pending; when it returns,
/// one write covers everything they staged. Nothing that is not durable is told to anybody by <see cref="WhenDurable"/>.</para>
/// <para>A failed write drops everything that was staged: those who wait for the write in flight and those who wait for the next get the same
/// failure, because the second were computed on top of the first. Where the outcome is unknown the row is read again: if it still has the etag
/// this activation knows, the write did not happen, and the old state stays in force. Any other etag was not issued to this activation as far
/// as it can know: it ends (<see cref="Ended"/>), and the next activation starts from what is stored. It never reloads and goes on, because a second
/// activation of this stream would then do the same and both would write.</para>
/// <para>Used from one scheduler only (a grain's): every method runs to its first await without interruption.</para>
/// </remarks>
internal sealed class StreamCommits
{
    private readonly StreamRow _row;
    private readonly string _key;
    private readonly Action<Exception>? _onFailure;

    private long _staged;
    private long _durable;
    private long _inFlight = -1;
    private Task<CommitFailure?> _write = Task.FromResult<CommitFailure?>(null);
    private TaskCompletionSource<CommitFailure?>? _next;

    /// <param name="storage">Where records are.</param>
    /// <param name="grainId">Whose.</param>
    /// <param name="key">The stream's key, part of the record's checksum.</param>
    /// <param name="onFailure">Told every failed write but refusals, for the log.</param>
    public StreamCommits(IGrainStorage storage, GrainId grainId, string key, Action<Exception>? onFailure = null) =>
        (_row, _key, _onFailure) = (new(storage, grainId, key), key, onFailure);

    /// <summary>What is on disk, with the confirmations since; null = no record.</summary>
    public StreamRecord? Committed { get; private set; }

    /// <summary>The newest: what the next call is computed on.</summary>
    public StreamRecord? Pending { get; private set; }

    /// <summary>This activation may not go on; nothing is written any more.</summary>
    public bool Ended { get; private set; }

    /// <summary>Whether a write of this activation has succeeded: from then on no write of an earlier one can.</summary>
    public bool HasWritten { get; private set; }

    /// <summary>Whether all that was staged is on disk.</summary>
    public bool IsDurable => _staged == _durable;

    /// <summary>Where is told how far this stream is ahead of the disk; null where it never is.</summary>
    public StreamLag? Lag { get; set; }

    /// <summary>Reads what is stored.</summary>
    /// <exception cref="StreamRecordException">The stored bytes are damaged.</exception>
    public async Task ReadAsync() =>
        Committed = Pending = await _row.ReadAsync() is { } record ? StreamRecordFormat.Read(_key, record) : null;

    /// <summary>What another activation needs to go on without reading: etag (null = no record) and record. Only while nothing is in flight.</summary>
    public (string? ETag, byte[] Record, bool HasWritten) Dehydrate()
    {
        if (!IsDurable || Ended)
            throw new InvalidOperationException("Something is not durable yet.");
        return (_row.ETag, Committed == null ? [] : StreamRecordFormat.Write(_key, Committed), HasWritten);
    }

    /// <summary>Goes on from what <see cref="Dehydrate"/> gave.</summary>
    public void Rehydrate(string? etag, byte[] record, bool hasWritten)
    {
        // First the part that can fail: a record that is not whole leaves this as it was, and it is read from storage.
        var read = etag == null ? null : StreamRecordFormat.Read(_key, record);
        _row.Become(etag);
        Committed = Pending = read;
        HasWritten = hasWritten;
    }

    /// <summary>Makes a record the newest; null = the stream is to be forgotten. Not durable before <see cref="WhenDurable"/> says so.</summary>
    public void Stage(StreamRecord? next)
    {
        Pending = next;
        _staged++;
        Lag?.Staged(next?.Position ?? 0);
    }

    /// <summary>A change that is never written for itself (a larger confirmed position): it goes with the next write, and may be lost.</summary>
    public void StageQuietly(StreamRecord next)
    {
        Pending = next;
        if (IsDurable)
            Committed = next;
    }

    /// <summary>Waits until everything staged so far is on disk, writing it if nothing else does.</summary>
    /// <returns>Null, or why it was dropped.</returns>
    public Task<CommitFailure?> WhenDurable()
    {
        if (IsDurable)
            return Task.FromResult<CommitFailure?>(null);
        if (_inFlight < 0)
            return _write = WriteAsync();
        if (_inFlight == _staged)
            return _write;
        _next ??= new(TaskCreationOptions.RunContinuationsAsynchronously);
        return _next.Task;
    }

    /// <summary>Whether what this activation knows is the newest there is.</summary>
    /// <remarks>
    /// A write of an earlier activation may have been on its way when this one read: it fits the etag and succeeds as long as this one has not
    /// written itself, and its caller is told so. Until then the row is looked at again before anything is told without a write.
    /// </remarks>
    /// <returns>False where it is not, and the activation has ended, or where the row could not be read.</returns>
    public async Task<bool> IsNewestAsync()
    {
        while (!HasWritten)
        {
            if (!IsDurable)
            {
                if (await WhenDurable() != null && Ended)
                    return false;
                continue;
            }

            bool? unchanged = await IsUnchangedAsync();
            // A write of this activation that came between explains any etag; what counts is how that one ended.
            if (HasWritten || !IsDurable)
                continue;
            Ended |= unchanged == false;
            return unchanged == true && !Ended;
        }

        return true;
    }

    private async Task<CommitFailure?> WriteAsync()
    {
        _inFlight = _staged;
        Lag?.WriteBegins();
        var record = Pending;
        CommitFailure? failure = null;
        if (Ended)
        {
            failure = new(StreamStatus.NotNow, $"Stream '{_key}' is being activated anew. Send the same positions again.");
        }
        else
        {
            StreamRowWrite write = default;
            try
            {
                write = _row.Write(record);
                await write.Task;
                _row.Written(write);
                HasWritten = true;
            }
            catch (Exception exception)
            {
                failure = await FailedAsync(exception);
            }
            finally
            {
                StreamRow.Ended(write);
            }
        }

        var next = _next;
        _next = null;
        if (failure == null)
        {
            Committed = record;
            _durable = _inFlight;
            Lag?.Written(record?.Position ?? 0);
            if (IsDurable)
                Committed = Pending;
        }
        else
        {
            Pending = Committed;
            _durable = _staged;
            Lag?.Dropped(Committed?.Position ?? 0);
        }

        _inFlight = -1;
        if (failure != null)
            next?.SetResult(failure);
        else if (next != null)
            WriteNext(next);
        return failure;
    }

    private async void WriteNext(TaskCompletionSource<CommitFailure?> waiting)
    {
        // WriteAsync never throws. The task is set first: who asks while it runs waits for this one.
        _write = waiting.Task;
        waiting.SetResult(await WriteAsync());
    }

    private async Task<CommitFailure> FailedAsync(Exception exception)
    {
        if (exception is StorageRefusedException)
            return new(StreamStatus.StorageRefused, exception.Message);
        _onFailure?.Invoke(exception);
        Ended = exception is InconsistentStateException || await IsUnchangedAsync() != true;
        return new(StreamStatus.NotNow, $"The write of stream '{_key}' failed ({exception.Message}). Send the same positions again.");
    }

    /// <summary>Whether storage still holds what this activation knows; null = it could not be read.</summary>
    private async Task<bool?> IsUnchangedAsync()
    {
        try
        {
            return await _row.IsUnchangedAsync();
        }
        catch (Exception exception)
        {
            _onFailure?.Invoke(exception);
            return null;
        }
    }
}
