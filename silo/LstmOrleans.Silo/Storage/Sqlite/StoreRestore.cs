using System.Security.Cryptography;
using LstmOrleans.Contracts.Streams;
using LstmOrleans.Numerics.ModelFile;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace LstmOrleans.Silo.Storage.Sqlite;

/// <summary>Makes a store of a backup.</summary>
/// <remarks>
/// A backup is older than what producers have been told. If its streams kept their incarnations, a producer that goes on from its own position could
/// not tell; so each gets a new one, and calls must name it. Sessions end, and the answers kept for retries are dropped: they were for calls of before.
/// </remarks>
internal static class StoreRestore
{
    private const int PageRecords = 500;

    /// <returns>Records restored, and how many of them are streams.</returns>
    /// <exception cref="StorageOpenException">The backup is not whole, or there is a store at the target already.</exception>
    public static (long Records, long Streams) Run(string backup, string databasePath)
    {
        backup = Path.GetFullPath(backup);
        databasePath = Path.GetFullPath(databasePath);
        if (!File.Exists(backup))
            throw new StorageOpenException($"There is no backup '{backup}'. Name another file.");
        var folder = Path.GetDirectoryName(databasePath)!;
        try
        {
            FolderSync.Create(folder);
            using var processLock = ProcessLock.Acquire(databasePath);
            foreach (var suffix in new[] { "", "-wal", "-journal", ".commits", ".failed" })
            {
                if (File.Exists(databasePath + suffix))
                    throw new StorageOpenException($"'{databasePath + suffix}' exists; a restore overwrites nothing. Move the files {Path.GetFileName(databasePath)}* away, or name another folder.");
            }

            var temporary = databasePath + ".restore";
            try
            {
                File.Copy(backup, temporary, overwrite: true);
                var (check, _) = StoreBackup.Verify(temporary, CancellationToken.None);
                if (check.Findings.Count > 0)
                    throw new StorageOpenException($"Backup '{backup}' is not whole: {string.Join(" ", check.Findings.Take(3))} Name another one.");
                RequireWhole(temporary, backup);
                var streams = Renew(temporary, backup);
                StoreBackup.Sync(temporary);
                File.Move(temporary, databasePath, overwrite: false);
                FolderSync.Flush(folder);
                return (check.Records, streams);
            }
            finally
            {
                File.Delete(temporary);
            }
        }
        catch (Exception e) when (e is SqliteException or IOException or UnauthorizedAccessException)
        {
            throw new StorageOpenException($"Backup '{backup}' could not be restored to '{databasePath}': {e.Message}", e);
        }
    }

    // A file that a copy has filled in part looks whole otherwise.
    private static void RequireWhole(string path, string backup)
    {
        using var connection = DatabaseFile.Connect(path, SqliteOpenMode.ReadOnly);
        var marks = TransferTable.Read(connection, $"Backup '{backup}'");
        if (marks.IsUnfinished)
            marks.RequireServable($"Backup '{backup}'", $"sqlite:{backup}");
    }

    private static long Renew(string path, string backup)
    {
        using var connection = DatabaseFile.Connect(path, SqliteOpenMode.ReadWrite);
        // No journal: a copy that is not finished is dropped as a whole.
        DatabaseFile.Execute(connection, "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; BEGIN IMMEDIATE");
        var database = connection.Handle!;
        var streams = 0L;
        using (var select = new SqliteStatement(database, "SELECT id, key, data FROM records WHERE id > ?1 ORDER BY id LIMIT ?2"))
        using (var update = new SqliteStatement(database, "UPDATE records SET etag = ?2, checksum = ?3, data = ?4 WHERE id = ?1"))
        {
            for (var last = long.MinValue; ;)
            {
                var page = ReadPage(select, database, last);
                foreach (var (id, key, data) in page)
                {
                    last = id;
                    if (!StreamKeys.IsStream(key))
                        continue;
                    var renewed = Renew(StreamKeys.Name(key), data, backup);
                    var etag = Etag.New(id);
                    update.BindInt64(1, id);
                    update.BindEtag(2, etag);
                    update.BindInt64(3, RecordChecksum.Compute(key, etag, renewed));
                    update.BindBlob(4, renewed);
                    var code = update.Run();
                    if (code != raw.SQLITE_DONE)
                        throw new SqliteException(SqliteResult.Describe(database, code), code & SqliteResult.PrimaryMask, code);
                    streams++;
                }

                if (page.Count < PageRecords)
                    break;
            }
        }

        // A new store: the side file of the one that was backed up is not about it.
        TransferTable.Drop(connection);
        var state = StoreState.Read(connection)!.Value with { Id = StoreState.New().Id };
        DatabaseFile.Execute(connection, $"{state.Write}; COMMIT");
        return streams;
    }

    private static List<(long Id, byte[] Key, byte[] Data)> ReadPage(SqliteStatement select, sqlite3 database, long last)
    {
        select.BindInt64(1, last);
        select.BindInt64(2, PageRecords);
        var page = new List<(long, byte[], byte[])>();
        int code;
        while ((code = select.Step()) == raw.SQLITE_ROW)
            page.Add((select.Int64(0), select.Blob(1).ToArray(), select.Blob(2).ToArray()));
        select.Reset();
        return code == raw.SQLITE_DONE ? page : throw new SqliteException(SqliteResult.Describe(database, code), code & SqliteResult.PrimaryMask, code);
    }

    private static byte[] Renew(string key, byte[] data, string backup)
    {
        StreamRecord record;
        try
        {
            record = StreamRecordFormat.Read(key, data);
        }
        catch (StreamRecordException e)
        {
            throw new StorageOpenException($"Backup '{backup}' cannot be restored: {e.Message}", e);
        }

        return StreamRecordFormat.Write(key, record with
        {
            Incarnation = NewIncarnation(),
            // Its life begins now: by the age that it had in the backup it could be expired, and its state gone, before anybody could use it.
            LastEventTime = record.Closed ? record.LastEventTime : DateTimeOffset.UtcNow.ToUnixTimeMilliseconds(),
            Options = (record.Options | StreamOptions.IncarnationRequired) & ~StreamOptions.SessionOpen,
            Session = 0,
            Confirmed = record.Position,
            ConfirmedHistory = record.History,
            Kept = default,
        });
    }

    private static ulong NewIncarnation()
    {
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        ulong incarnation;
        do
        {
            RandomNumberGenerator.Fill(bytes);
            incarnation = BitConverter.ToUInt64(bytes);
        }
        while (incarnation == 0);
        return incarnation;
    }
}
