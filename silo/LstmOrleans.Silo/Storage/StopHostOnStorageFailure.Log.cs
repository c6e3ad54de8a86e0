using Microsoft.Extensions.Logging;

namespace LstmOrleans.Silo.Storage;

internal sealed partial class StopHostOnStorageFailure
{
    [LoggerMessage(Level = LogLevel.Critical, Message = "Storage '{ProviderName}' has ended; the process stops with exit code 1.")]
    private partial void LogStopping(string providerName, Exception failure);
}
