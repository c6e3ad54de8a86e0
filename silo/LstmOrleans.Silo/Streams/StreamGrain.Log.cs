using Microsoft.Extensions.Logging;

namespace LstmOrleans.Silo.Streams;

internal sealed partial class StreamGrain
{
    [LoggerMessage(1, LogLevel.Error, "Stream '{Key}' cannot be used: {Damage}")]
    private partial void LogDamaged(string key, string damage);

    [LoggerMessage(2, LogLevel.Warning, "A write of stream '{Key}' failed; nothing was acknowledged.")]
    private partial void LogWriteFailed(string key, Exception exception);

    // A store that is away fails every stream: it says so itself, once for all.
    [LoggerMessage(3, LogLevel.Debug, "A write of stream '{Key}' failed; nothing was acknowledged: {Reason}")]
    private partial void LogStoreFailed(string key, string reason);

    [LoggerMessage(7, LogLevel.Warning, "Stream '{Key}' is activated anew; nothing was acknowledged: {Reason}")]
    private partial void LogConflict(string key, string reason);

    [LoggerMessage(4, LogLevel.Warning, "Stream '{Key}' could not be read; its next call tries again.")]
    private partial void LogReadFailed(string key, Exception exception);

    [LoggerMessage(5, LogLevel.Debug, "Stream '{Key}': a checkpoint failed, and what was computed since the last one is dropped: {Detail}")]
    private partial void LogCheckpointFailed(string key, string detail);

    [LoggerMessage(6, LogLevel.Warning, "Stream '{Key}': what was computed last could not be stored and was dropped: {Detail}")]
    private partial void LogNotDurableAtEnd(string key, string detail);
}
