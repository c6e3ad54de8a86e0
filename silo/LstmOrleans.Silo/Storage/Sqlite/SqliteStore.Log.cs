using Microsoft.Extensions.Logging;

namespace LstmOrleans.Silo.Storage.Sqlite;

internal sealed partial class SqliteStore
{
    [LoggerMessage(Level = LogLevel.Information, Message = "Storage '{Name}' opened '{Path}' in {ElapsedMs:0} ms; everything in it is on disk.")]
    private partial void LogOpened(string name, string path, double elapsedMs);

    [LoggerMessage(Level = LogLevel.Information, Message = "This SQLite's files have a form that is not known here: the log of '{Path}' is written page by page, as safely and more slowly.")]
    private partial void LogNotGathered(string path);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Storage file '{Path}' refused {Count} writes and is unchanged: {Reason}.")]
    private partial void LogRefused(string path, long count, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Storage file '{Path}' has no room to take over its write-ahead log: {Reason}. The log keeps everything and nothing is lost. Make room on the disk.")]
    private partial void LogNoRoom(string path, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Side file '{Path}' cannot be written: {Reason} Until it can be, a damaged write-ahead log may go unnoticed. Check disk and permissions.")]
    private partial void LogNoMark(string path, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Storage file '{Path}': the process before ended by an error of the disk, so its write-ahead log was written to the disk again. Check the disk.")]
    private partial void LogWrittenAgain(string path);

    [LoggerMessage(Level = LogLevel.Critical, Message = "Storage file '{Path}' has ended; every further call is refused.")]
    private partial void LogEnded(string path, Exception failure);
}
