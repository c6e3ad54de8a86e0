using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Configuration;

namespace LstmOrleans.Hosting.Cluster;

/// <summary>Ends connections of other silos until this one is in the member list: those that come before mean its predecessor on the same port.</summary>
/// <remarks>
/// <code>
///   killed, back on its port      another silo
///   ─────────────────────────     ───────────────────────────────────────────
///   port is open               ◄─ connects to the predecessor, which it does not know to be dead
///   strikes its predecessor       has that connection under both addresses, and uses it for both
///   joins                         10 s later ends what belongs to the dead address: the connection to
///                                 the living silo, with all that is under way on it
/// </code>
/// Orleans notices nothing then: a call whose answer went that way waits for its time limit, and what waits for that call waits too (all activations that
/// leave a silo at a moment share one call to the directory). So nobody gets such a connection. Who is in the list is reached at once: news of the list that
/// cannot be delivered would leave two silos with two views of it, and a stream active on both.
/// </remarks>
internal static class SiloPortOpens
{
    /// <summary>For the silo whose services these are.</summary>
    public static void WhenListed(IServiceCollection services) => services.AddOptions<SiloConnectionOptions>().Configure<IServiceProvider>(
        static (options, services) => options.ConfigureSiloInboundConnection(connection => connection.Use(next => context => AcceptAsync(next, context, services))));

    private static Task AcceptAsync(ConnectionDelegate next, ConnectionContext context, IServiceProvider services)
    {
        // Asked for each connection; there are few.
        if (services.GetRequiredService<ISiloStatusOracle>().CurrentStatus is not (SiloStatus.None or SiloStatus.Created))
            return next(context);
        context.Abort();
        return Task.CompletedTask;
    }
}
