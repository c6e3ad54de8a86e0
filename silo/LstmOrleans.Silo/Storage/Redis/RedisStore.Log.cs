using Microsoft.Extensions.Logging;

namespace LstmOrleans.Silo.Storage.Redis;

internal sealed partial class RedisStore
{
    [LoggerMessage(Level = LogLevel.Information, Message = "Storage '{Name}' is {Server} at '{Location}'; durable by {Mode}.")]
    private partial void LogOpened(string name, string server, string location, CommitMode mode);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Storage '{Name}': {Warning}")]
    private partial void LogNotDurable(string name, string warning);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Storage at '{Location}' refused {Count} writes and changed nothing: {Reason}")]
    private partial void LogRefused(string location, long count, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Storage at '{Location}': the outcome of {Count} writes is unknown, and each stream reads its record again: {Reason}")]
    private partial void LogUnknown(string location, long count, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Storage at '{Location}' came back but could not be asked how it is set up: {Reason}")]
    private partial void LogNotInspected(string location, string reason);
}
