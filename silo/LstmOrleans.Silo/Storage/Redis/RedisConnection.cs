using StackExchange.Redis;

namespace LstmOrleans.Silo.Storage.Redis;

/// <summary>One connection of the store, with one sequence of commands under way at a time.</summary>
internal sealed class RedisConnection : IAsyncDisposable
{
    private static long _names;

    private readonly ConnectionMultiplexer _multiplexer;
    private readonly KeySpace _space;
    private readonly int _timeoutMs;
    private volatile Inspection? _inspected;

    private RedisConnection(ConnectionMultiplexer multiplexer, KeySpace space, TimeSpan timeout)
    {
        _multiplexer = multiplexer;
        _space = space;
        _timeoutMs = (int)timeout.TotalMilliseconds;
        Database = multiplexer.GetDatabase();
        multiplexer.ConnectionRestored += (_, restored) =>
        {
            if (restored.ConnectionType == ConnectionType.Interactive)
                Restored?.Invoke();
        };
    }

    public IDatabase Database { get; }

    /// <summary>False: what is sent now would certainly not arrive.</summary>
    public bool IsConnected => Database.IsConnected(default, CommandFlags.DemandMaster);

    /// <summary>The connection was lost and is back; the server may be another or set up in another way. On any thread.</summary>
    public event Action? Restored;

    /// <summary>The connection does not have the mark of its last inspection. On any thread.</summary>
    public event Action? MarkLost;

    public static async Task<RedisConnection> OpenAsync(RedisStorageOptions options, KeySpace space, string purpose)
    {
        var configuration = options.Connection();
        configuration.ClientName = $"lstm-{purpose}-{Environment.ProcessId}";
        return new(await ConnectionMultiplexer.ConnectAsync(configuration).ConfigureAwait(false), space, options.CommandTimeout);
    }

    /// <summary>Marks this connection as one whose server has said how it keeps what it acknowledged. One that breaks and comes back has lost the mark.</summary>
    /// <param name="mode">What the server said.</param>
    /// <param name="stillHolds">Asked behind the mark: whether nothing has happened since the server was asked.</param>
    /// <returns>False where something has; then all is as before.</returns>
    public async Task<bool> TryMarkInspectedAsync(CommitMode mode, Func<bool> stillHolds)
    {
        var name = NewName();
        await Database.ExecuteAsync("CLIENT", ["SETNAME", name], CommandFlags.DemandMaster).ConfigureAwait(false);
        if (!stillHolds())
            return false;
        _inspected = new(name, mode);
        return true;
    }

    private static string NewName() => $"lstm-{Environment.ProcessId}-{Interlocked.Increment(ref _names)}";

    /// <summary>Begins a sequence. What is sent until its <see cref="Sequence.Commit"/> is covered by it.</summary>
    /// <param name="mode">How, on a connection that was never marked; a marked one has its own from the inspection that its mark is of.</param>
    public Sequence Begin(CommitMode mode) => _inspected is { } inspected ? new(this, inspected.Mode, inspected.Name) : new(this, mode, "");

    public ValueTask DisposeAsync() => _multiplexer.DisposeAsync();

    /// <summary>Commands and the commit behind them, on one connection or not at all.</summary>
    /// <remarks>
    /// A commit is worth nothing when the connection broke and came back before it: the server may have been killed with what was not yet in its log,
    /// and would answer that all is committed. So the connection gets a name that only this sequence knows, and has to know it at the end. Where a server syncs
    /// each command before it answers there is no commit, and the name is that of the inspection that found it so: the one that came back may do otherwise.
    /// </remarks>
    internal readonly struct Sequence
    {
        private readonly RedisConnection _connection;
        private readonly CommitMode _mode;
        private readonly string _name = "";
        private readonly Task _named = Task.CompletedTask;

        public Sequence(RedisConnection connection, CommitMode mode, string inspected)
        {
            _connection = connection;
            _mode = mode;
            if (mode == CommitMode.None)
            {
                _name = inspected;
                return;
            }

            _name = NewName();
            _named = connection.Database.ExecuteAsync("CLIENT", ["SETNAME", _name], CommandFlags.DemandMaster);
        }

        /// <summary>Sends the commit.</summary>
        /// <returns>Completes when everything sent in this sequence is on disk, faults when that is not certain.</returns>
        public Task Commit()
        {
            if (_name.Length == 0)
                return Task.CompletedTask;
            var database = _connection.Database;
            Task barrier = Task.CompletedTask;
            Task<RedisResult>? commit = null;
            if (_mode == CommitMode.CommitAof)
            {
                commit = database.ExecuteAsync("COMMITAOF", [database.Database], CommandFlags.DemandMaster);
            }
            else if (_mode == CommitMode.WaitAof)
            {
                // WAITAOF waits for this connection's own last write: what it has read of others lies before that.
                barrier = database.StringSetAsync(_connection._space.Barrier, "", flags: CommandFlags.DemandMaster);
                commit = database.ExecuteAsync("WAITAOF", [1, 0, _connection._timeoutMs], CommandFlags.DemandMaster);
            }

            return EndAsync(_connection, _named, barrier, commit, database.ExecuteAsync("CLIENT", ["GETNAME"], CommandFlags.DemandMaster), _name, _mode);
        }

        private static async Task EndAsync(
            RedisConnection connection, Task named, Task barrier, Task<RedisResult>? commit, Task<RedisResult> name, string expected, CommitMode mode)
        {
            await Task.WhenAll(named, barrier, commit ?? Task.CompletedTask, name).ConfigureAwait(false);
            if (mode == CommitMode.WaitAof && (int)((RedisResult[])commit!.Result!)[0] < 1)
                throw new RedisServerException("WAITAOF ended before the log was synced");
            if ((string?)name.Result == expected)
                return;
            // A mark that is gone does not come back by itself: a sequence of before may have put its name over it. Not where it is an older mark that was looked for.
            if (mode == CommitMode.None && connection._inspected?.Name == expected)
                connection.MarkLost?.Invoke();
            throw new RedisServerException("the connection was lost and came back before the commit");
        }
    }

    /// <summary>What the server said, and the name that the connection got then: one value, so that nobody takes the one of before with the other of after.</summary>
    private sealed record Inspection(string Name, CommitMode Mode);
}
