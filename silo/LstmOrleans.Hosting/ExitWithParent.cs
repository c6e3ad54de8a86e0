using Microsoft.Extensions.Hosting;

namespace LstmOrleans.Hosting;

/// <summary>Stops the host when standard input ends, that is when the process that started this one is gone, however it died.</summary>
/// <remarks>It looks from before anything else starts: a start may wait long, for the store of a cluster.</remarks>
internal sealed class ExitWithParent(IHostApplicationLifetime lifetime) : HostStep
{
    public override Task StartingAsync(CancellationToken cancellationToken)
    {
        // The console's reader blocks its thread until there is input, so it gets one of its own, which nobody waits for.
        new Thread(Watch) { IsBackground = true, Name = "lstm-parent" }.Start();
        return Task.CompletedTask;
    }

    private void Watch()
    {
        try
        {
            while (Console.In.Read() >= 0)
            {
            }
        }
        catch (IOException)
        {
            // As closed as it gets.
        }

        lifetime.StopApplication();
    }
}
