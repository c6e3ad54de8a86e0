using Microsoft.Extensions.Logging;

namespace LstmOrleans.Silo.Streams;

internal sealed partial class StreamGrain
{
    [LoggerMessage(1, LogLevel.Error, "Stream '{Key}' cannot be used: {Damage}")]
    private partial void LogDamaged(string key, string damage);

    [LoggerMessage(2, LogLevel.Warning, "The write of stream '{Key}' failed; nothing was acknowledged.")]
    private partial void LogWriteFailed(string key, Exception exception);

    [LoggerMessage(4, LogLevel.Warning, "Stream '{Key}' could not be read; its next activation tries again.")]
    private partial void LogReadFailed(string key, Exception exception);

    [LoggerMessage(3, LogLevel.Warning, "Stream '{Key}' could not be read again after a failed write; it deactivates.")]
    private partial void LogReadAgainFailed(string key, Exception exception);
}
