using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace LstmOrleans.Silo.Storage;

/// <summary>Stops the host with exit code 1 when a store ends, so that whatever supervises the process starts it again from what is on disk.</summary>
internal sealed partial class StopHostOnStorageFailure : IStorageFailureObserver
{
    private const int ExitCode = 1;
    private readonly IHostApplicationLifetime? _lifetime;
    private readonly ILogger _logger;

    // A silo of a test cluster may run without a host lifetime; then the log line is all there is to do.
    public StopHostOnStorageFailure(ILogger<StopHostOnStorageFailure> logger, IHostApplicationLifetime? lifetime = null)
    {
        _logger = logger;
        _lifetime = lifetime;
    }

    public void StorageFailed(string providerName, StorageFailedException failure)
    {
        LogStopping(providerName, failure);
        if (_lifetime is null)
            return;
        Environment.ExitCode = ExitCode;
        _lifetime.StopApplication();
    }
}
