using Microsoft.Extensions.Hosting;

namespace LstmOrleans.Hosting;

/// <summary>Stops the host when standard input ends, that is when the process that started this one is gone, however it died.</summary>
internal sealed class ExitWithParent : BackgroundService
{
    private readonly IHostApplicationLifetime _lifetime;

    public ExitWithParent(IHostApplicationLifetime lifetime) => _lifetime = lifetime;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // The console's reader blocks its thread until there is input, so it gets one of its own. A stop for another reason does not wait for it: the
        // host would wait until its time limit is over.
        await Task.Factory.StartNew(() =>
        {
            while (Console.In.Read() >= 0)
            {
            }
        }, stoppingToken, TaskCreationOptions.LongRunning, TaskScheduler.Default).WaitAsync(stoppingToken);
        _lifetime.StopApplication();
    }
}
