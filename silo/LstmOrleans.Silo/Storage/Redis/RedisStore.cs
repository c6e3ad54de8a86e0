using System.Diagnostics;
using System.Net;
using LstmOrleans.Silo.Catalogue;
using LstmOrleans.Silo.Telemetry;
using Microsoft.Extensions.Logging;
using Orleans.Storage;
using StackExchange.Redis;

namespace LstmOrleans.Silo.Storage.Redis;

/// <summary>The engine beneath <see cref="RedisGrainStorage"/>: one connection and thread for writes, one of each for reads, a connection for lists.</summary>
/// <remarks>
/// <para>Writes. Grains put their writes into a bounded queue. The writer takes all that wait at that moment, sends them as one script with the server's
/// own commit behind it, waits and then completes them. Meanwhile the next group gathers, without a timer. One group is under way at a time.</para>
/// <para>Reads are sent in groups too, each with a commit behind it: another silo may have written what is read and died before its commit.</para>
/// <para>Failure. What the server refused before it changed anything gets <see cref="StorageRefusedException"/>, as does what was never sent. Where
/// nobody can tell (no answer in time, connection lost) writes get <see cref="StorageOutcomeUnknownException"/>. The store goes on in both cases and
/// connects again by itself.</para>
/// </remarks>
internal sealed partial class RedisStore : IGroupStore
{
    // A group's share of memory is bounded; what is over goes into the next group.
    private const int MaxGroupSize = 4_096;
    private const long MaxGroupWeight = 16L << 20;
    private const int MaxReadGroup = 256;
    private const int MaxQueuedReads = 1 << 20;

    private static readonly TimeSpan InspectionPause = TimeSpan.FromSeconds(5);

    private readonly string _name;
    private readonly KeySpace _space;
    private readonly RedisStorageOptions _options;
    private readonly RedisConnection _writeConnection;
    private readonly RedisConnection _readConnection;
    private readonly RedisConnection _listConnection;
    private readonly LstmMeter _meter;
    private readonly ILogger _logger;
    private readonly StorageInstruments _instruments;
    private readonly WorkQueue<RedisWrite> _writes;
    private readonly WorkQueue<PendingRead> _reads = new(MaxQueuedReads, long.MaxValue);
    private readonly WriteHealth _health = new(TimeProvider.System);
    private readonly SeldomSaid _refused = new(TimeProvider.System);
    private readonly SeldomSaid _unknown = new(TimeProvider.System);
    private readonly Task _writerEnded;
    private readonly Task _readerEnded;
    private volatile StoreDurability _durability;
    private readonly bool _scriptsAreAtomic;
    private volatile bool _isEnding;
    private int _inspectionsAsked;
    private long _groups;

    private RedisStore(
        string name, KeySpace space, RedisStorageOptions options, RedisConnection[] connections, ServerFacts facts, LstmMeter meter, ILogger logger)
    {
        _name = name;
        _space = space;
        _options = options;
        (_writeConnection, _readConnection, _listConnection) = (connections[0], connections[1], connections[2]);
        _scriptsAreAtomic = facts.ScriptsAreAtomic;
        _meter = meter;
        _logger = logger;
        Location = LocationOf(options);
        _durability = StoreDurability.Judge(facts, Location);
        _writes = new(options.MaxQueuedWrites, options.MaxQueuedBytes);
        _instruments = new(meter, name, () => _writes.Count, () => _reads.Count);
        Catalogue = new(_listConnection, space, () => _durability);
        _writeConnection.Restored += () => _ = InspectAgainAsync();
        _writeConnection.MarkLost += () => _ = Volatile.Read(ref _inspectionsAsked) == 0 ? InspectAgainAsync() : Task.CompletedTask;
        _writerEnded = StoreThread.Run("lstm-redis-write", WriteLoop);
        _readerEnded = StoreThread.Run("lstm-redis-read", ReadLoop);
    }

    /// <summary>The servers' addresses, without the password.</summary>
    public string Location { get; }

    /// <summary>How the server keeps what it acknowledged, as of the last connect.</summary>
    public StoreDurability Durability => _durability;

    /// <summary>Why writing fails at this time; null where it works.</summary>
    public string? Problem => _health.Problem;

    /// <summary>All streams.</summary>
    public RedisCatalogue Catalogue { get; }

    /// <summary>Groups committed.</summary>
    public long Groups => Volatile.Read(ref _groups);

    /// <summary>Writes that wait for the next group.</summary>
    public int QueuedWrites => _writes.Count;

    /// <summary>Connects, asks the server how it is set up and starts the threads.</summary>
    /// <exception cref="StorageOpenException">The server cannot be reached or cannot be used.</exception>
    public static async Task<RedisStore> OpenAsync(string name, string serviceId, RedisStorageOptions options, LstmMeter meter, ILogger logger)
    {
        var space = new KeySpace(serviceId);
        var connections = new List<RedisConnection>();
        try
        {
            foreach (var purpose in new[] { "write", "read", "list" })
                connections.Add(await RedisConnection.OpenAsync(options, space, purpose).ConfigureAwait(false));
            var (database, other) = (connections[0].Database, connections[1].Database);
            var facts = await ServerInspection.AskAsync(database, scriptsAreAtomic: true).ConfigureAwait(false);
            // Refused before anything else is asked of it: a cluster would answer the next commands with errors of its own.
            var durability = StoreDurability.Judge(facts, LocationOf(options));
            if (!options.IsForTransfer)
            {
                var location = RedisMarks.Location(serviceId, LocationOf(options));
                (await RedisMarks.ReadAsync(connections[0], space, durability.Mode, location).ConfigureAwait(false))
                    .RequireServable(location, RedisMarks.Address(serviceId, LocationOf(options)));
            }

            await GroupScript.LoadAsync(database).ConfigureAwait(false);
            if (facts.IsGarnet)
                facts = facts with { ScriptsAreAtomic = await ServerInspection.ScriptsAreAtomicAsync(database, other, space).ConfigureAwait(false) };
            await connections[0].TryMarkInspectedAsync(durability.Mode, () => true).ConfigureAwait(false);
            var store = new RedisStore(name, space, options, [.. connections], facts, meter, logger);
            store.LogDurability();
            return store;
        }
        catch (Exception e)
        {
            foreach (var connection in connections)
                await connection.DisposeAsync().ConfigureAwait(false);
            if (e is not (RedisException or TimeoutException))
                throw;
            var remedy = e is RedisServerException ? "Garnet needs --lua --lua-transaction-mode; a user needs scripts, INFO, and all commands on the service's keys." : "Start the server, or correct the address.";
            throw new StorageOpenException($"Storage '{name}' cannot use the server at '{LocationOf(options)}': {e.Message} {remedy}", e);
        }
    }

    /// <inheritdoc />
    public void Write(StorageKey key, ReadOnlyMemory<byte> data, Etag? expected, IWriteObserver? observer, IWriteEnd end)
    {
        var write = RedisWrite.Put(new(_space, key), data.Span, expected, observer, end);
        if (data.Length <= _options.MaxRecordBytes)
        {
            Enqueue(write);
            return;
        }

        write.Fail(new StorageRefusedException(
            $"Record '{key}' has {data.Length} bytes; {nameof(RedisStorageOptions.MaxRecordBytes)} is {_options.MaxRecordBytes}. Make it smaller or raise the option."), "refused");
    }

    /// <inheritdoc />
    public void Clear(StorageKey key, Etag? expected, IWriteObserver? observer, IWriteEnd end) => Enqueue(RedisWrite.Clear(new(_space, key), expected, observer, end));

    /// <summary>Reads a record. It sees every write that was acknowledged before the call, and what it returns is on disk.</summary>
    public Task<StoredRecord?> ReadAsync(StorageKey key)
    {
        var read = new PendingRead(new(_space, key));
        var admission = _reads.TryAdd(read, 0);
        return admission == Admission.Accepted ? read.Task : Task.FromException<StoredRecord?>(NotAdmitted(admission, $"{MaxQueuedReads} reads"));
    }

    /// <inheritdoc />
    public Task<IReadOnlyList<StoredHead>> ListAsync(string prefix, string? after, int limit) => Catalogue.ListAsync(prefix, after, limit);

    /// <summary>Finishes what waits and closes the connections.</summary>
    public async ValueTask DisposeAsync()
    {
        _isEnding = true;
        _reads.Complete();
        _writes.Complete();
        await _readerEnded.ConfigureAwait(false);
        await _writerEnded.ConfigureAwait(false);
        Catalogue.Dispose();
        _instruments.Dispose();
        foreach (var connection in new[] { _writeConnection, _readConnection, _listConnection })
            await connection.DisposeAsync().ConfigureAwait(false);
    }

    private static string LocationOf(RedisStorageOptions options) =>
        string.Join(',', ConfigurationOptions.Parse(options.ConnectionString).EndPoints.Select(endPoint =>
            endPoint is DnsEndPoint dns ? $"{dns.Host}:{dns.Port}" : endPoint.ToString()));

    private void LogDurability()
    {
        LogOpened(_name, _durability.Server, Location, _durability.Mode);
        if (_durability.Warning is { } warning)
            LogNotDurable(_name, warning);
    }

    // A server that was away may have been started in another way. One inspection at a time: what asks for another meanwhile makes it begin again.
    private async Task InspectAgainAsync()
    {
        if (Interlocked.Increment(ref _inspectionsAsked) > 1)
            return;
        while (!_isEnding)
        {
            try
            {
                var asked = Volatile.Read(ref _inspectionsAsked);
                var (before, now) = (_durability, StoreDurability.Judge(await ServerInspection.AskAsync(_writeConnection.Database, _scriptsAreAtomic).ConfigureAwait(false), Location));
                if (!await _writeConnection.TryMarkInspectedAsync(now.Mode, () => Volatile.Read(ref _inspectionsAsked) == asked).ConfigureAwait(false))
                    continue;
                _durability = now;
                if (before != now)
                    LogDurability();
                if (Interlocked.CompareExchange(ref _inspectionsAsked, 0, asked) == asked)
                    return;
                continue;
            }
            catch (ObjectDisposedException)
            {
                return;
            }
            catch (Exception e) when (e is RedisException or TimeoutException or StorageOpenException)
            {
                LogNotInspected(Location, e.Message);
            }

            // What it was set up as before says nothing of it now: asked until it has said.
            await Task.Delay(InspectionPause).ConfigureAwait(false);
        }
    }

    private void Enqueue(RedisWrite write)
    {
        var admission = _writes.TryAdd(write, write.Weight);
        if (admission != Admission.Accepted)
        {
            write.Fail(NotAdmitted(
                admission, $"{_options.MaxQueuedWrites} writes ({nameof(_options.MaxQueuedWrites)}) or {_options.MaxQueuedBytes} bytes ({nameof(_options.MaxQueuedBytes)})"), "refused");
        }
    }

    private void WriteLoop()
    {
        var sender = new GroupSender(_writeConnection, _space, _options.CommandTimeout);
        var group = new List<RedisWrite>(MaxGroupSize);
        while (_writes.TakeGroup(group, MaxGroupSize, MaxGroupWeight))
        {
            var started = Stopwatch.GetTimestamp();
            var span = Spans.StartCommit(group, _instruments.Name);
            string? failure = null;
            try
            {
                foreach (var (writes, result) in sender.Send(group, _durability))
                {
                    if (result.End != GroupEnd.Committed)
                        failure = result.Reason;
                    Complete(writes, result);
                }
            }
            catch (Exception e)
            {
                failure = e.Message;
                // Thrown before, between or after the calls: not known, so treated as the worst.
                Complete(group.Where(write => !write.HasEnded).ToArray(), new(GroupEnd.Unknown, e.Message));
            }

            Spans.EndCommit(span, failure);

            _meter.StorageGroupSize.Record(group.Count, _instruments.Name);
            _meter.StorageCommitDuration.Record(Stopwatch.GetElapsedTime(started).TotalSeconds, _instruments.Name);
            Interlocked.Increment(ref _groups);
        }
    }

    private void Complete(ArraySegment<RedisWrite> writes, GroupResult result)
    {
        switch (result.End)
        {
            case GroupEnd.Committed:
                _health.Worked();
                foreach (var conflict in result.Conflicts!)
                    Conflict(writes[conflict.Index], conflict);
                foreach (var write in writes)
                {
                    if (!write.HasEnded)
                        write.Complete();
                }

                break;
            case GroupEnd.Unknown:
                _health.Failed($"'{Location}' did not answer to writes: {result.Reason}.");
                _instruments.WritesFailed(writes.Count);
                if (_unknown.Failed(writes.Count) is { } unknown)
                    LogUnknown(Location, unknown, result.Reason);
                foreach (var write in writes)
                    write.Fail(new StorageOutcomeUnknownException($"The outcome of a write of '{write.Key}' at '{Location}' is unknown: {result.Reason}. Read it again."), "unknown");
                break;
            default:
                RefuseWrites(writes, result.Reason);
                break;
        }
    }

    private void RefuseWrites(ArraySegment<RedisWrite> writes, string reason)
    {
        _health.Failed($"'{Location}' refuses writes: {reason}.");
        _instruments.WritesFailed(writes.Count);
        if (_refused.Failed(writes.Count) is { } refused)
            LogRefused(Location, refused, reason);
        foreach (var write in writes)
            write.Fail(new StorageRefusedException($"The server at '{Location}' refused a write of '{write.Key}' and changed nothing: {reason}. Try again later."), "refused");
    }

    private void Conflict(RedisWrite write, RowConflict conflict)
    {
        if (conflict.Error is { } error)
        {
            if (RedisFailure.IsOfAnotherKind(error))
                write.Fail(new StorageDamagedException(write.Key.Record.ToString(), Location, $"its etag cannot be read ({error})"), "refused");
            else
                RefuseWrites(new([write]), error);
            return;
        }

        var met = conflict.Met;
        // An etag of another length is damage, which its reader is told.
        var stored = met is null ? null : met.Length == Etag.Size ? Etag.Read(met).ToString() : Convert.ToHexStringLower(met);
        var expected = write.Expected?.ToString();
        write.Fail(new InconsistentStateException(
            $"Record '{write.Key}' at '{Location}' has etag {stored ?? "(no record)"}, expected was {expected ?? "(no record)"}: another activation wrote it. Deactivate this one.",
            stored, expected), "conflict");
    }

    private void ReadLoop()
    {
        var reader = new GroupReader(_readConnection, _options.CommandTimeout);
        var group = new List<PendingRead>(MaxReadGroup);
        while (_reads.TakeGroup(group, MaxReadGroup, long.MaxValue))
        {
            try
            {
                Serve(reader, group);
            }
            catch (Exception e)
            {
                var failure = (e as AggregateException)?.InnerException ?? e;
                Refuse(group, failure.Message);
                // A server that says nothing: whoever waits behind would wait as long again, group by group.
                for (var waiting = failure is TimeoutException ? _reads.Count : 0; waiting > 0 && _reads.TakeGroup(group, waiting, long.MaxValue); waiting -= group.Count)
                    Refuse(group, failure.Message);
            }
        }
    }

    private void Refuse(List<PendingRead> group, string reason)
    {
        _instruments.ReadsFailed(group.Count);
        foreach (var read in group)
            read.TrySetException(new StorageRefusedException($"Record '{read.Key}' could not be read from '{Location}' now: {reason}. Try again."));
    }

    private void Serve(GroupReader reader, List<PendingRead> group)
    {
        var found = reader.Read([.. group.Select(read => (RedisKey)read.Key.Utf8)], _durability);
        for (var i = 0; i < group.Count; i++)
        {
            var (read, (value, kind)) = (group[i], found[i]);
            try
            {
                read.SetResult(kind switch
                {
                    RedisType.None => null,
                    RedisType.String => RecordValue.Decode(read.Key.Record, ((ReadOnlyMemory<byte>)value).Span, Location),
                    _ => throw new StorageDamagedException(read.Key.Record.ToString(), Location, $"another kind of value is under its key, of type '{kind}' (WRONGTYPE)"),
                });
            }
            catch (StorageDamagedException e)
            {
                read.SetException(e);
            }
        }
    }

    private StorageRefusedException NotAdmitted(Admission admission, string limit) =>
        admission == Admission.Completed ? new($"Storage '{_name}' is closing; nothing was changed. Try again after the restart.")
        : new($"Storage '{_name}' lets at most {limit} wait; nothing was changed. Try again later.");

    private sealed class PendingRead(RecordKey key) : TaskCompletionSource<StoredRecord?>(TaskCreationOptions.RunContinuationsAsynchronously)
    {
        public RecordKey Key { get; } = key;
    }
}
