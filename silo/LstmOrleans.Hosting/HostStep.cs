using Microsoft.Extensions.Hosting;

namespace LstmOrleans.Hosting;

/// <summary>Something to do at one moment of a process' life. Moments come in this order, and within one in the order of registration; stops in reverse.</summary>
internal abstract class HostStep : IHostedLifecycleService
{
    /// <summary>Before anything starts.</summary>
    public virtual Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Beside the start of silo and HTTP side.</summary>
    public virtual Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>When everything has started.</summary>
    public virtual Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Before anything stops.</summary>
    public virtual Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Beside the stop of silo and HTTP side.</summary>
    public virtual Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>When everything has stopped.</summary>
    public virtual Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
