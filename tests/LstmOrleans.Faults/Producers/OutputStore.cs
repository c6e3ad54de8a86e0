using System.Threading.Channels;
using Microsoft.Data.Sqlite;

namespace LstmOrleans.Faults.Producers;

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
            + "CREATE TABLE outputs (stream INTEGER, position INTEGER, answer BLOB NOT NULL, PRIMARY KEY (stream, position)) WITHOUT ROWID;");
        _writer = Task.Run(WriteLoopAsync);
    }

    /// <summary>Outputs that were stored before under their position.</summary>
    public long Twice => Volatile.Read(ref _twice);

    /// <summary>Stores the outputs of positions first, first + 1, ...; returns when their transaction is committed.</summary>
    public Task StoreAsync(int stream, long first, ReadOnlyMemory<byte> answers)
    {
        var write = new Write(stream, first, answers, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        _writes.Writer.TryWrite(write);
        return write.Done.Task;
    }

    /// <summary>Where a producer goes on after its death: the last position it has stored.</summary>
    public async Task<long> LastPositionAsync(int stream)
    {
        // What a dead process had handed to its database is either in it or lost when the next one starts; so nothing may still wait here.
        await StoreAsync(stream, 1, default);
        using var connection = new SqliteConnection(_source);
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT coalesce(max(position), 0) FROM outputs WHERE stream = $stream";
        command.Parameters.AddWithValue("$stream", stream);
        return (long)command.ExecuteScalar()!;
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
        }

        transaction.Commit();
    }

    private void Execute(string sql)
    {
        using var command = _connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    private readonly record struct Write(int Stream, long First, ReadOnlyMemory<byte> Answers, TaskCompletionSource Done);
}
