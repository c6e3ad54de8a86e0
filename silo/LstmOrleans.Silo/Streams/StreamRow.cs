using LstmOrleans.Contracts.Streams;
using LstmOrleans.Silo.Storage;
using Orleans.Storage;

namespace LstmOrleans.Silo.Streams;

/// <summary>What one activation knows of its stored row: whether it exists, and its etag. Reads and writes it.</summary>
/// <remarks>
/// Any provider is used through <see cref="IGrainStorage"/>; where it is an <see cref="IRecordStore"/> too, records are written that way, in
/// buffers that are used again.
/// </remarks>
internal sealed class StreamRow
{
    private readonly IGrainStorage _storage;
    private readonly IRecordStore? _records;
    private readonly GrainId _grainId;
    private readonly string _key;
    private StorageKey _rowKey;
    private string? _text;
    private Etag? _etag;

    /// <param name="storage">Where records are.</param>
    /// <param name="grainId">Whose.</param>
    /// <param name="key">The stream's key, part of the record's checksum.</param>
    public StreamRow(IGrainStorage storage, GrainId grainId, string key) =>
        (_storage, _records, _grainId, _key) = (storage, storage as IRecordStore, grainId, key);

    /// <summary>Whether a record is stored.</summary>
    public bool Exists { get; private set; }

    /// <summary>Its etag as text; null where there is no record.</summary>
    public string? ETag => !Exists ? null : _text ?? _etag?.ToString();

    /// <summary>Goes on from what another activation knew; null = there is no record.</summary>
    public void Become(string? etag)
    {
        Exists = etag != null;
        // An etag of another form was not issued by a store that has the short way; the long way finds the words for it. Other providers' are not looked into.
        (_etag, _text) = _records != null && Etag.TryParse(etag ?? "", out var parsed) ? (parsed, null) : ((Etag?)null, etag);
    }

    /// <summary>Reads the row and remembers its etag.</summary>
    /// <returns>The record's bytes, null where there is none.</returns>
    public async Task<byte[]?> ReadAsync()
    {
        var read = new GrainState<StreamRecordBlob>();
        await _storage.ReadStateAsync(StreamGrain.StateName, _grainId, read);
        Become(read.RecordExists ? read.ETag : null);
        return read.RecordExists ? read.State!.Record : null;
    }

    /// <summary>Whether storage still holds what this activation knows.</summary>
    public async Task<bool> IsUnchangedAsync()
    {
        var read = new GrainState<StreamRecordBlob>();
        await _storage.ReadStateAsync(StreamGrain.StateName, _grainId, read);
        return read.RecordExists == Exists && (!Exists || read.ETag == ETag);
    }

    /// <summary>Writes the record, serialised before this returns; null removes it. What is known changes by <see cref="Written(StreamRowWrite)"/>.</summary>
    /// <remarks>Two steps and no async method between the store and the waiting calls, because each costs every event a task.</remarks>
    public StreamRowWrite Write(StreamRecord? record)
    {
        if (HasShortWay(record))
        {
            byte[]? buffer = null;
            var end = new TaskEnd();
            WriteShort(record!, ref buffer, end);
            return new(end.Task, buffer, null);
        }

        var attempt = new GrainState<StreamRecordBlob>(new StreamRecordBlob { Record = record == null ? [] : StreamRecordFormat.Write(_key, record) })
        {
            ETag = ETag,
            RecordExists = Exists,
        };
        return new(
            record == null ? _storage.ClearStateAsync(StreamGrain.StateName, _grainId, attempt) : _storage.WriteStateAsync(StreamGrain.StateName, _grainId, attempt),
            null, attempt);
    }

    /// <summary>Writes the record the short way (<see cref="HasShortWay"/>).</summary>
    /// <param name="record">The record.</param>
    /// <param name="buffer">Where its bytes are until the write has ended; set before the store may end it.</param>
    /// <param name="end">Told when it ends.</param>
    public void WriteShort(StreamRecord record, ref byte[]? buffer, IWriteEnd end)
    {
        if (_rowKey.Utf8 == null)
            _rowKey = new(StreamGrain.StateName, _grainId);
        int size = StreamRecordFormat.SizeOf(record);
        buffer = RecordBuffers.Rent(size);
        try
        {
            StreamRecordFormat.Write(_key, record, buffer.AsSpan(0, size));
            _records!.Write(_rowKey, buffer.AsMemory(0, size), _etag, end);
        }
        catch
        {
            RecordBuffers.Return(buffer);
            buffer = null;
            throw;
        }
    }

    /// <summary>To be called once the write's task has ended, however: its buffer is used again.</summary>
    public static void Ended(StreamRowWrite write)
    {
        if (write.Buffer != null)
            RecordBuffers.Return(write.Buffer);
    }

    /// <summary>To be called when the write's task has ended well.</summary>
    public void Written(StreamRowWrite write)
    {
        if (write.Attempt is { } attempt)
            Become(attempt.RecordExists ? attempt.ETag : null);
        else
            Written(((Task<Etag>)write.Task).Result);
    }

    /// <summary>The same of a write the short way, with what its end was told.</summary>
    public void Written(Etag etag) => (Exists, _etag, _text) = (true, etag, null);

    /// <summary>Whether a record is written the short way.</summary>
    public bool HasShortWay(StreamRecord? record) => record != null && _records != null && (!Exists || _etag != null);
}

/// <summary>A write of a <see cref="StreamRow"/> under way.</summary>
/// <param name="Task">Ends when it is on disk, or fails.</param>
/// <param name="Buffer">Holds the record's bytes.</param>
/// <param name="Attempt">Where the provider puts the new etag.</param>
internal readonly record struct StreamRowWrite(Task Task, byte[]? Buffer, GrainState<StreamRecordBlob>? Attempt);
