using System.Globalization;
using Microsoft.Extensions.Hosting;

namespace LstmOrleans.Hosting;

/// <summary>How long a stop may take. The host is told to give up somewhat earlier, so that the rest can still end in order; at the limit itself the process ends.</summary>
/// <remarks>
/// Giving up is a request. Orleans strikes itself from the member list after it, and where the store of that list takes connections and says nothing (a process that is stopped, a cable that
/// was pulled) this alone takes two minutes. A supervisor would have killed the process long before.
/// </remarks>
internal sealed class StopTime(TimeSpan limit)
{
    private static readonly TimeSpan MostReserve = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Least = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Most = TimeSpan.FromDays(1);

    /// <summary>When the host gives up what is under way.</summary>
    public TimeSpan UntilGivenUp => limit == Timeout.InfiniteTimeSpan ? limit : limit - TimeSpan.FromTicks(Math.Min(limit.Ticks / 6, MostReserve.Ticks));

    /// <exception cref="OrleansConfigurationException">The limit is none.</exception>
    public static StopTime Checked(TimeSpan limit) =>
        limit == Timeout.InfiniteTimeSpan || (limit >= Least && limit <= Most) ? new(limit) : throw new OrleansConfigurationException(
            $"Lstm:ShutdownTimeout is {limit}; it must be from {Least} to {Most} (hours:minutes:seconds), or {Timeout.InfiniteTimeSpan} for none. 30 seconds are 00:00:30.");

    /// <summary>From now on the process ends at the limit after it was told to stop. What is disposed after the host has stopped counts too, so nothing ends this.</summary>
    public void Keep(IHostApplicationLifetime lifetime) => lifetime.ApplicationStopping.Register(() => _ = EndAsync());

    private async Task EndAsync()
    {
        await Task.Delay(limit);
        // Not by a logger, which may be disposed by now; and nobody has to be there to read it.
        var told = Task.Run(() => Console.Error.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"Not everything has ended within {limit.TotalSeconds} s (Lstm:ShutdownTimeout): the process ends without it. What was acknowledged is stored; the other silos find out that this one is gone.")));
        await Task.WhenAny(told, Task.Delay(Least));
        Environment.Exit(Environment.ExitCode);
    }
}
