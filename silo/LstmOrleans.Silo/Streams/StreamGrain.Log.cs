using Microsoft.Extensions.Logging;

namespace LstmOrleans.Silo.Streams;

internal sealed partial class StreamGrain
{
    [LoggerMessage(1, LogLevel.Error, "Stream '{Key}' cannot be used: {Damage}")]
    private partial void LogDamaged(string key, string damage);

    [LoggerMessage(2, LogLevel.Warning, "Stream '{Key}': what was computed last could not be stored and was dropped: {Detail}")]
    private partial void LogNotDurableAtEnd(string key, string detail);
}
