using LstmOrleans.Silo.Storage;
using Microsoft.Extensions.Logging;
using Orleans.Storage;

namespace LstmOrleans.Silo.Streams;

/// <summary>What fails for every stream of a silo when its store is away: told in the log for all of them together. On any thread.</summary>
internal sealed partial class StreamFailures(TimeProvider time, ILogger<StreamFailures> logger)
{
    private readonly SeldomSaid _reads = new(time);
    private readonly SeldomSaid _writes = new(time);
    private readonly SeldomSaid _checkpoints = new(time);

    /// <summary>A stream could not be read.</summary>
    public void NotRead(string key, Exception exception)
    {
        if (_reads.Failed(1) is { } count)
            LogNotRead(count, key, exception.Message, Stack(exception));
    }

    /// <summary>A write failed, or its outcome is not known; refusals are told to the callers, or as checkpoints.</summary>
    public void NotWritten(string key, Exception exception)
    {
        if (_writes.Failed(1) is { } count)
            LogNotWritten(count, key, exception.Message, Stack(exception));
    }

    /// <summary>What was computed since the last checkpoint was dropped.</summary>
    public void NotCheckpointed(string key, string reason)
    {
        if (_checkpoints.Failed(1) is { } count)
            LogNotCheckpointed(count, key, reason);
    }

    // Of what our own stores say the message is all there is to know.
    private static Exception? Stack(Exception exception) => exception is StorageRefusedException or StorageOutcomeUnknownException or InconsistentStateException ? null : exception;

    [LoggerMessage(1, LogLevel.Warning, "{Count} reads of streams failed, the last of '{Key}'; their next calls try again: {Reason}")]
    private partial void LogNotRead(long count, string key, string reason, Exception? exception);

    [LoggerMessage(2, LogLevel.Warning, "{Count} writes of streams, or looks at what became of them, failed; nothing of them was acknowledged. The last of '{Key}': {Reason}")]
    private partial void LogNotWritten(long count, string key, string reason, Exception? exception);

    [LoggerMessage(3, LogLevel.Warning, "{Count} checkpoints failed, the last of stream '{Key}'; what was computed since the ones before is dropped, and its producers send it again: {Reason}")]
    private partial void LogNotCheckpointed(long count, string key, string reason);
}
