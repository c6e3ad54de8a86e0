using LstmOrleans.Demo.Live;
using Microsoft.Data.Sqlite;

namespace LstmOrleans.Demo.Store;

/// <summary>The application's own SQLite file: outputs, and with them, in the same transaction, where they come from.</summary>
/// <remarks>
/// Exactly once, end to end: the incarnation is stored before the stream is opened; then answers, folds, alarms and position of a batch
/// are stored in one transaction, and only then is the batch confirmed to the stream (by asking for the next). A process that dies in
/// between finds the old position, sends the same events again, and the stream gives the same answers without a step.
/// </remarks>
internal sealed partial class DemoDatabase : IDisposable
{
    private const int SchemaVersion = 2;
    private const int LogPages = 4096;
    private const string Remedy = "Begin anew with --fresh, or name another folder with --data DIR.";

    private const string Schema = """
        CREATE TABLE run (
            id INTEGER PRIMARY KEY CHECK (id = 1),
            streams TEXT NOT NULL, model TEXT NOT NULL, scorer TEXT NOT NULL, finished INTEGER NOT NULL) STRICT;
        CREATE TABLE streams (
            id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, incarnation INTEGER NOT NULL, position INTEGER NOT NULL,
            lstm_fold BLOB NOT NULL, mean_fold BLOB NOT NULL) STRICT;
        CREATE TABLE answers (
            stream INTEGER NOT NULL, first INTEGER NOT NULL, count INTEGER NOT NULL, answers BLOB NOT NULL,
            PRIMARY KEY (stream, first)) STRICT;
        CREATE TABLE alarms (
            stream INTEGER NOT NULL, detector INTEGER NOT NULL, position INTEGER NOT NULL, score REAL NOT NULL,
            alarm INTEGER NOT NULL, notice INTEGER NOT NULL,
            PRIMARY KEY (stream, detector, position)) STRICT, WITHOUT ROWID
        """;

    private readonly SqliteConnection _connection;
    private readonly SqliteCommand _updateStream;
    private readonly SqliteCommand _insertAnswers;
    private readonly SqliteCommand _insertAlarm;
    private readonly SqliteCommand _insertRow;

    private DemoDatabase(SqliteConnection connection)
    {
        _connection = connection;
        // The old position in the condition: an update that does not fit changes no row, and that is noticed.
        _updateStream = Prepare(
            "UPDATE streams SET position = $last, lstm_fold = $lstm, mean_fold = $mean WHERE id = $stream AND position = $first - 1",
            "$stream", "$first", "$last", "$lstm", "$mean");
        _insertAnswers = Prepare(
            "INSERT INTO answers (stream, first, count, answers) VALUES ($stream, $first, $count, $answers)",
            "$stream", "$first", "$count", "$answers");
        _insertAlarm = Prepare(
            "INSERT INTO alarms (stream, detector, position, score, alarm, notice) VALUES ($stream, $detector, $position, $score, $alarm, $notice)",
            "$stream", "$detector", "$position", "$score", "$alarm", "$notice");
        _insertRow = Prepare("INSERT INTO live_rows (number, time, readings) VALUES ($number, $time, $readings)", "$number", "$time", "$readings");
    }

    public static DemoDatabase Open(string path)
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Pooling = false }.ConnectionString);
        try
        {
            connection.Open();
            Execute(connection, $"PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = {LogPages}");
            long version = (long)Scalar(connection, "PRAGMA user_version")!;
            if (version == 0)
                Execute(connection, $"BEGIN IMMEDIATE; {Schema}; PRAGMA user_version = {SchemaVersion}; COMMIT");
            else if (version != SchemaVersion)
                throw new DemoException($"'{path}' has schema version {version}; this program reads version {SchemaVersion}. {Remedy}");
            Execute(connection, RowSchema);
            // The log of a killed process may hold commits that the system has not written yet; what is confirmed from here on builds on them.
            Execute(connection, "PRAGMA wal_checkpoint(TRUNCATE)");
            return new DemoDatabase(connection);
        }
        catch (SqliteException broken)
        {
            connection.Dispose();
            throw new DemoException($"'{path}' cannot be opened: {broken.Message} {Remedy}", broken);
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>Begins the run, or finds it where it was left.</summary>
    /// <returns>One entry for each name, in the order of names.</returns>
    public IReadOnlyList<StoredStream> Begin(RunIdentity identity, IReadOnlyList<string> names, Func<ulong> newIncarnation)
    {
        if (StoredRun() is not { } stored)
        {
            StoreRun(identity, names, newIncarnation);
        }
        else if (identity.Differences(stored.Identity) is { Length: > 0 } differences)
        {
            throw DemoException.Usage($"'{_connection.DataSource}' holds a run with {differences}. {Remedy}");
        }
        else if (stored.Finished)
        {
            throw DemoException.Usage($"The run in '{_connection.DataSource}' is finished: every row was played and proved. Play it again with --fresh.");
        }

        return ReadStreams();
    }

    /// <summary>Stores the batches of several streams, and live rows, in one transaction. On return they are on disk.</summary>
    /// <remarks>After an exception the file must not be written again by this process: closing it takes an unfinished transaction back.</remarks>
    public void Store(IEnumerable<StreamCommit> commits, IEnumerable<LiveRow> rows)
    {
        Execute("BEGIN IMMEDIATE");
        foreach (var commit in commits)
        {
            long last = commit.FirstPosition + commit.Count - 1;
            if (Run(_updateStream, commit.StreamId, commit.FirstPosition, last, commit.Fold.Lstm, commit.Fold.RunningMean) != 1)
            {
                throw new DemoException(
                    $"'{_connection.DataSource}': stream {commit.StreamId} does not stand before position {commit.FirstPosition}; another process has written the file. {Remedy}");
            }

            Run(_insertAnswers, commit.StreamId, commit.FirstPosition, commit.Count, commit.Answers);
            foreach (var alarm in commit.Alarms)
                Run(_insertAlarm, commit.StreamId, (int)alarm.Detector, alarm.Position, alarm.Score, alarm.IsAlarm, alarm.IsNotice);
        }

        foreach (var row in rows)
            StoreRow(row);
        Execute("COMMIT");
    }

    /// <summary>All alarms and notices of a stream, in order.</summary>
    public IReadOnlyList<Alarm> ReadAlarms(int streamId)
    {
        var alarms = new List<Alarm>();
        using var command = Command(
            "SELECT detector, position, score, alarm, notice FROM alarms WHERE stream = $stream ORDER BY detector, position", ("$stream", streamId));
        using var reader = command.ExecuteReader();
        while (reader.Read())
            alarms.Add(new Alarm((Detector)reader.GetInt32(0), reader.GetInt64(1), reader.GetDouble(2), reader.GetBoolean(3), reader.GetBoolean(4)));
        return alarms;
    }

    public int CountAlarms(Detector detector)
    {
        using var command = Command("SELECT count(*) FROM alarms WHERE alarm = 1 AND detector = $detector", ("$detector", (int)detector));
        return (int)(long)command.ExecuteScalar()!;
    }

    /// <summary>All answers of a stream, from position 1, in one piece; it ends where one is missing.</summary>
    public byte[] ReadAnswers(int streamId)
    {
        using var answers = new MemoryStream();
        using var command = Command("SELECT first, count, answers FROM answers WHERE stream = $stream ORDER BY first", ("$stream", streamId));
        using var reader = command.ExecuteReader();
        for (long next = 1; reader.Read() && reader.GetInt64(0) == next; next += reader.GetInt64(1))
            answers.Write(reader.GetFieldValue<byte[]>(2));
        return answers.ToArray();
    }

    public void Finish() => Execute("UPDATE run SET finished = 1");

    public void Dispose()
    {
        foreach (var command in new[] { _updateStream, _insertAnswers, _insertAlarm, _insertRow })
            command.Dispose();
        _connection.Dispose();
    }

    // All incarnations in one transaction, before the first stream is opened.
    private void StoreRun(RunIdentity identity, IReadOnlyList<string> names, Func<ulong> newIncarnation)
    {
        Execute("BEGIN IMMEDIATE");
        Execute("INSERT INTO run (id, streams, model, scorer, finished) VALUES (1, $streams, $model, $scorer, 0)",
            ("$streams", identity.Streams), ("$model", identity.Model), ("$scorer", identity.Scorer));
        for (int id = 0; id < names.Count; id++)
        {
            Execute("INSERT INTO streams (id, name, incarnation, position, lstm_fold, mean_fold) VALUES ($id, $name, $incarnation, 0, x'', x'')",
                ("$id", id), ("$name", names[id]), ("$incarnation", unchecked((long)newIncarnation())));
        }

        Execute("COMMIT");
    }

    private (RunIdentity Identity, bool Finished)? StoredRun()
    {
        using var command = Command("SELECT streams, model, scorer, finished FROM run");
        using var reader = command.ExecuteReader();
        return reader.Read()
            ? (new RunIdentity(reader.GetString(0), reader.GetString(1), reader.GetString(2)), reader.GetBoolean(3))
            : null;
    }

    private List<StoredStream> ReadStreams()
    {
        var streams = new List<StoredStream>();
        using var command = Command("SELECT id, incarnation, position, lstm_fold, mean_fold FROM streams ORDER BY id");
        using var reader = command.ExecuteReader();
        while (reader.Read())
        {
            streams.Add(new StoredStream(reader.GetInt32(0), unchecked((ulong)reader.GetInt64(1)), reader.GetInt64(2),
                new StoredFold(reader.GetFieldValue<byte[]>(3), reader.GetFieldValue<byte[]>(4))));
        }

        return streams;
    }

    private SqliteCommand Prepare(string sql, params ReadOnlySpan<string> names)
    {
        var command = Command(sql);
        foreach (string name in names)
            command.Parameters.Add(new SqliteParameter { ParameterName = name });
        return command;
    }

    private SqliteCommand Command(string sql, params ReadOnlySpan<(string Name, object Value)> parameters)
    {
        var command = _connection.CreateCommand();
        command.CommandText = sql;
        foreach (var (name, value) in parameters)
            command.Parameters.AddWithValue(name, value);
        return command;
    }

    private void Execute(string sql, params ReadOnlySpan<(string Name, object Value)> parameters)
    {
        using var command = Command(sql, parameters);
        command.ExecuteNonQuery();
    }

    private static int Run(SqliteCommand command, params ReadOnlySpan<object> values)
    {
        for (int index = 0; index < values.Length; index++)
            command.Parameters[index].Value = values[index];
        return command.ExecuteNonQuery();
    }

    private static void Execute(SqliteConnection connection, string sql) => Scalar(connection, sql);

    private static object? Scalar(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return command.ExecuteScalar();
    }
}
