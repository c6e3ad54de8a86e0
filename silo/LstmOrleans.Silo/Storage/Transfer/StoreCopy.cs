
namespace LstmOrleans.Silo.Storage.Transfer;

/// <summary>Moves all streams of one store into another while no server runs.</summary>
/// <remarks>
/// <para>Records are copied as they are, so streams keep incarnations, sessions and kept answers; etags are new. Every record of both stores is read
/// and compared before the source is marked as moved.</para>
/// <para>The order of the marks makes every moment safe to be killed in. Target "began" before the first record: a store with a part of the streams
/// never serves. Source "moved" before target "complete": never can both serve. A copy that was killed is run again and finds its own id in both.</para>
/// </remarks>
internal sealed class StoreCopy
{
    private const int BatchRecords = 2_000;

    private readonly IStoreTransfer _source;
    private readonly IStoreTransfer _target;
    private readonly TimeProvider _time;
    private readonly Action<CopyStep>? _reached;

    /// <param name="source">The store that has the streams.</param>
    /// <param name="target">An empty store, or what an earlier run of the same copy left.</param>
    /// <param name="time">For the time in the marks.</param>
    /// <param name="reached">Is told each step.</param>
    public StoreCopy(IStoreTransfer source, IStoreTransfer target, TimeProvider time, Action<CopyStep>? reached = null) =>
        (_source, _target, _time, _reached) = (source, target, time, reached);

    /// <summary>Copies, compares, marks.</summary>
    /// <returns>Streams in the target.</returns>
    /// <exception cref="StorageOpenException">Refused: the message says why and what to do. The source is as it was.</exception>
    public async Task<long> RunAsync(CancellationToken stop)
    {
        await _source.RequireNoServerAsync().ConfigureAwait(false);
        await _target.RequireNoServerAsync().ConfigureAwait(false);
        var sourceMarks = await _source.ReadMarksAsync().ConfigureAwait(false);
        var targetMarks = await _target.ReadMarksAsync().ConfigureAwait(false);
        if (sourceMarks.IsMoved)
        {
            RequireTarget(sourceMarks.Outgoing!, targetMarks);
            if (!targetMarks.IsUnfinished)
                return (await _target.KeysAsync().ConfigureAwait(false)).Count;
            // Killed between the two marks. A silo that began at that moment, and looked before the first mark, may have served since: copied and compared once more, most of it is there.
            sourceMarks = sourceMarks with { Outgoing = sourceMarks.Outgoing! with { IsDone = false } };
            await _source.WriteMarksAsync(sourceMarks).ConfigureAwait(false);
        }

        if (sourceMarks.IsUnfinished)
            sourceMarks.RequireServable(_source.Location, _source.Address);

        var keys = await _source.KeysAsync().ConfigureAwait(false);
        if (keys.Count == 0)
            throw new StorageOpenException($"{_source.Location} has no streams. Name the store that has them.");
        var present = await _target.KeysAsync().ConfigureAwait(false);
        var id = await BeginAsync(sourceMarks, targetMarks, present.Count).ConfigureAwait(false);

        await RemoveOthersAsync(keys, present, stop).ConfigureAwait(false);
        var copied = await CopyAsync(keys, present.Count > 0, stop).ConfigureAwait(false);
        var compared = await CompareAsync(keys, stop).ConfigureAwait(false);
        if (copied != compared)
            throw Changed();
        _reached?.Invoke(CopyStep.Verified);

        await MarkMovedAsync(id, sourceMarks).ConfigureAwait(false);
        await CompleteAsync(id, targetMarks.Outgoing).ConfigureAwait(false);
        return keys.Count;
    }

    /// <summary>Lets a store that was moved serve again; what happened in the other one is given up.</summary>
    /// <returns>The mark that it had.</returns>
    /// <exception cref="StorageOpenException">It was not moved.</exception>
    public static async Task<TransferMark> UnmarkAsync(IStoreTransfer store)
    {
        await store.RequireNoServerAsync().ConfigureAwait(false);
        var marks = await store.ReadMarksAsync().ConfigureAwait(false);
        if (!marks.IsMoved)
            throw new StorageOpenException($"{store.Location} was not moved; there is no mark to take away.");
        await store.WriteMarksAsync(marks with { Outgoing = null }).ConfigureAwait(false);
        return marks.Outgoing!;
    }

    private void RequireTarget(TransferMark moved, TransferMarks target)
    {
        if (target.Incoming?.Id != moved.Id)
            throw new StorageOpenException($"{_source.Location} was moved to {moved.Other} on {moved.Time}, which is not this target. Copy from there.");
    }

    private async Task<Guid> BeginAsync(TransferMarks source, TransferMarks target, int present)
    {
        if (target.IsMoved)
            target.RequireServable(_target.Location, _target.Address);
        if (target.IsUnfinished)
        {
            if (target.Incoming!.Id == source.Outgoing?.Id)
                return target.Incoming.Id;
            throw new StorageOpenException($"{_target.Location} holds a part of another copy, from {target.Incoming.Other}, begun on {target.Incoming.Time}. Finish that one, or name an empty store.");
        }

        if (present > 0)
            throw new StorageOpenException($"{_target.Location} has {present} streams already; a copy is never mixed with others. Name an empty store.");
        var (id, now) = (Guid.NewGuid(), _time.GetUtcNow());
        await _source.WriteMarksAsync(source with { Outgoing = new(id, _target.Location, now, IsDone: false) }).ConfigureAwait(false);
        _reached?.Invoke(CopyStep.SourceNoted);
        await _target.WriteMarksAsync(target with { Incoming = new(id, _source.Location, now, IsDone: false) }).ConfigureAwait(false);
        _reached?.Invoke(CopyStep.TargetNoted);
        return id;
    }

    // The source may have served since the run that was killed.
    private async Task RemoveOthersAsync(IReadOnlyList<StorageKey> keys, IReadOnlyList<StorageKey> present, CancellationToken stop)
    {
        var at = 0;
        foreach (var key in present)
        {
            stop.ThrowIfCancellationRequested();
            while (at < keys.Count && keys[at].CompareTo(key) < 0)
                at++;
            if ((at == keys.Count || keys[at].CompareTo(key) != 0) && await _target.ReadAsync(key).ConfigureAwait(false) is { } other)
                await _target.ClearAsync(key, other.Etag).ConfigureAwait(false);
        }
    }

    private async Task<UInt128> CopyAsync(IReadOnlyList<StorageKey> keys, bool isSecondRun, CancellationToken stop)
    {
        var sum = new RecordSum();
        foreach (var batch in keys.Chunk(BatchRecords))
        {
            stop.ThrowIfCancellationRequested();
            var records = await ReadAllAsync(_source, batch, sum).ConfigureAwait(false);
            var old = isSecondRun ? await Task.WhenAll(batch.Select(_target.ReadAsync)).ConfigureAwait(false) : new StoredRecord?[batch.Length];
            await Task.WhenAll(Enumerable.Range(0, batch.Length)
                .Where(i => old[i] is null || !old[i]!.Data.AsSpan().SequenceEqual(records[i].Data))
                .Select(i => _target.WriteAsync(batch[i], records[i].Data, old[i]?.Etag))).ConfigureAwait(false);
            _reached?.Invoke(CopyStep.Copied);
        }

        return sum.Value;
    }

    private async Task<UInt128> CompareAsync(IReadOnlyList<StorageKey> keys, CancellationToken stop)
    {
        if (!AreSame(keys, await _source.KeysAsync().ConfigureAwait(false)))
            throw Changed();
        if (!AreSame(keys, await _target.KeysAsync().ConfigureAwait(false)))
            throw new StorageOpenException($"{_target.Location} does not have the streams of {_source.Location}: somebody else writes there. Stop all servers and copies on it, then run the copy again.");
        var sum = new RecordSum();
        foreach (var batch in keys.Chunk(BatchRecords))
        {
            stop.ThrowIfCancellationRequested();
            var records = await ReadAllAsync(_source, batch, sum).ConfigureAwait(false);
            var copies = await Task.WhenAll(batch.Select(_target.ReadAsync)).ConfigureAwait(false);
            for (var i = 0; i < batch.Length; i++)
            {
                if (copies[i] is not { } copy || !copy.Data.AsSpan().SequenceEqual(records[i].Data))
                    throw new StorageOpenException($"Record '{batch[i]}' in {_target.Location} is not what was copied there. Stop all servers and copies on it, check it, then run the copy again.");
            }
        }

        return sum.Value;
    }

    private async Task<StoredRecord[]> ReadAllAsync(IStoreTransfer store, StorageKey[] keys, RecordSum sum)
    {
        var records = await Task.WhenAll(keys.Select(store.ReadAsync)).ConfigureAwait(false);
        for (var i = 0; i < keys.Length; i++)
            sum.Add(keys[i], records[i] ?? throw Changed());
        return records!;
    }

    private async Task MarkMovedAsync(Guid id, TransferMarks before)
    {
        // Another run could have begun on one of the two meanwhile.
        if ((await _source.ReadMarksAsync().ConfigureAwait(false)).Outgoing is not { IsDone: false } begun || begun.Id != id
            || (await _target.ReadMarksAsync().ConfigureAwait(false)).Incoming?.Id != id)
        {
            throw new StorageOpenException($"Another copy from {_source.Location} or to {_target.Location} began meanwhile. Let one end, then run the other again.");
        }

        await _source.RequireNoServerAsync().ConfigureAwait(false);
        await _source.WriteMarksAsync(before with { Outgoing = begun with { At = _time.GetUtcNow(), IsDone = true } }).ConfigureAwait(false);
        try
        {
            // A silo enters the list of members before it looks for the mark, so one that has not seen the mark is seen here.
            await _source.RequireNoServerAsync().ConfigureAwait(false);
        }
        catch (StorageOpenException)
        {
            await _source.WriteMarksAsync(before with { Outgoing = begun }).ConfigureAwait(false);
            throw;
        }

        _reached?.Invoke(CopyStep.SourceMoved);
    }

    private async Task CompleteAsync(Guid id, TransferMark? outgoing)
    {
        await _target.WriteMarksAsync(new(outgoing, new(id, _source.Location, _time.GetUtcNow(), IsDone: true))).ConfigureAwait(false);
        _reached?.Invoke(CopyStep.Done);
    }

    private StorageOpenException Changed() =>
        new($"{_source.Location} changed while it was copied: a server uses it. It was not marked as moved. Stop all servers, then run the copy again.");

    private static bool AreSame(IReadOnlyList<StorageKey> first, IReadOnlyList<StorageKey> second) =>
        first.Count == second.Count && first.Zip(second).All(pair => pair.First.CompareTo(pair.Second) == 0);
}
