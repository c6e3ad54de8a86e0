using System.Threading.Channels;
using Microsoft.Data.Sqlite;

namespace LstmOrleans.Faults.Producers;

/// <summary>Where a producer stands: what it stores with its outputs.</summary>
/// <param name="Position">The last position whose answer it has stored.</param>
/// <param name="Durable">The highest durable position it was told.</param>
/// <param name="History">The stream's history at <paramref name="Position"/>.</param>
internal readonly record struct ProducerPlace(long Position, long Durable, ulong History);

/// <summary>The application's own database: each output and the position it belongs to, in one transaction.</summary>
/// <remarks>One writer commits whatever waits together. An output that comes twice breaks the primary key, and that is counted.</remarks>
internal sealed class OutputStore : IAsyncDisposable
{
    private readonly Channel<Write> _writes = Channel.CreateUnbounded<Write>(new UnboundedChannelOptions { SingleReader = true });
    private readonly SqliteConnection _connection;
    private readonly string _source;
    private readonly Task _writer;
    private long _twice;

    public OutputStore(string file)
    {
        _source = new SqliteConnectionStringBuilder { DataSource = file }.ConnectionString;
        _connection = new SqliteConnection(_source);
        _connection.Open();
        Execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF;"
            + "CREATE TABLE IF NOT EXISTS outputs (stream INTEGER, position INTEGER, answer BLOB NOT NULL, PRIMARY KEY (stream, position)) WITHOUT ROWID;"
            + "CREATE TABLE IF NOT EXISTS places (stream INTEGER PRIMARY KEY, position INTEGER NOT NULL, durable INTEGER NOT NULL, history INTEGER NOT NULL);");
        _writer = Task.Run(WriteLoopAsync);
    }

    /// <summary>Outputs that were stored before under their position.</summary>
    public long Twice => Volatile.Read(ref _twice);

    /// <summary>Stores the outputs of positions first, first + 1, ... and where the producer then stands; returns when their transaction is committed.</summary>
    public Task StoreAsync(int stream, long first, ReadOnlyMemory<byte> answers, ProducerPlace place)
    {
        var write = new Write(stream, first, answers, place, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        _writes.Writer.TryWrite(write);
        return write.Done.Task;
    }

    /// <summary>Waits until all that was handed over so far is committed.</summary>
    public Task FlushAsync() => StoreAsync(-1, 1, default, default);

    /// <summary>Where a producer goes on after its death.</summary>
    public ProducerPlace PlaceOf(int stream)
    {
        using var connection = new SqliteConnection(_source);
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT position, durable, history FROM places WHERE stream = $stream";
        command.Parameters.AddWithValue("$stream", stream);
        using var reader = command.ExecuteReader();
        return reader.Read() ? new ProducerPlace(reader.GetInt64(0), reader.GetInt64(1), unchecked((ulong)reader.GetInt64(2))) : default;
    }

    /// <summary>All outputs of a stream in the order of their positions.</summary>
    public List<(long Position, byte[] Answer)> Read(int stream)
    {
        using var connection = new SqliteConnection(_source);
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT position, answer FROM outputs WHERE stream = $stream ORDER BY position";
        command.Parameters.AddWithValue("$stream", stream);
        using var reader = command.ExecuteReader();
        var outputs = new List<(long, byte[])>();
        while (reader.Read())
            outputs.Add((reader.GetInt64(0), (byte[])reader.GetValue(1)));
        return outputs;
    }

    public async ValueTask DisposeAsync()
    {
        _writes.Writer.Complete();
        await _writer;
        _connection.Dispose();
        SqliteConnection.ClearAllPools();
    }

    private async Task WriteLoopAsync()
    {
        var group = new List<Write>();
        while (await _writes.Reader.WaitToReadAsync())
        {
            while (_writes.Reader.TryRead(out var write))
                group.Add(write);
            Commit(group);
            foreach (var write in group)
                write.Done.SetResult();
            group.Clear();
        }
    }

    private void Commit(List<Write> group)
    {
        using var transaction = _connection.BeginTransaction();
        using var command = _connection.CreateCommand();
        command.Transaction = transaction;
        command.CommandText = "INSERT INTO outputs VALUES ($stream, $position, $answer) ON CONFLICT DO NOTHING";
        var stream = command.Parameters.Add("$stream", SqliteType.Integer);
        var position = command.Parameters.Add("$position", SqliteType.Integer);
        var answer = command.Parameters.Add("$answer", SqliteType.Blob);
        using var place = _connection.CreateCommand();
        place.Transaction = transaction;
        place.CommandText = "INSERT OR REPLACE INTO places VALUES ($stream, $position, $durable, $history)";
        var (who, at) = (place.Parameters.Add("$stream", SqliteType.Integer), place.Parameters.Add("$position", SqliteType.Integer));
        var (durable, history) = (place.Parameters.Add("$durable", SqliteType.Integer), place.Parameters.Add("$history", SqliteType.Integer));
        const int Size = FaultModel.AnswerSize * sizeof(float);
        foreach (var write in group)
        {
            for (int index = 0; index < write.Answers.Length / Size; index++)
            {
                stream.Value = write.Stream;
                position.Value = write.First + index;
                answer.Value = write.Answers.Slice(index * Size, Size).ToArray();
                if (command.ExecuteNonQuery() == 0)
                    Interlocked.Increment(ref _twice);
            }

            if (write.Stream < 0)
                continue;
            (who.Value, at.Value, durable.Value, history.Value) = (write.Stream, write.Place.Position, write.Place.Durable, unchecked((long)write.Place.History));
            place.ExecuteNonQuery();
        }

        transaction.Commit();
    }

    private void Execute(string sql)
    {
        using var command = _connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    private readonly record struct Write(int Stream, long First, ReadOnlyMemory<byte> Answers, ProducerPlace Place, TaskCompletionSource Done);
}
