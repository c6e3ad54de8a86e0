using LstmOrleans.Silo.Leases;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Configuration;

namespace LstmOrleans.Hosting.Cluster;

/// <summary>The settings of a silo in a cluster: how soon a lost one is noticed, and on which address it listens. docs/cluster.md says what they cost.</summary>
internal static class ClusterDefaults
{
    /// <summary>Configuration section; in it <c>Membership</c> takes every property of <see cref="ClusterMembershipOptions"/>, <c>Messaging</c> of <see cref="SiloMessagingOptions"/>, <c>ReadLease</c> of <see cref="ReadLeaseOptions"/>.</summary>
    public const string Section = "Lstm:Cluster";

    /// <summary>ClusterId and ServiceId where none is configured.</summary>
    public const string DefaultId = "lstm";

    public static void Apply(ISiloBuilder silo, IConfiguration configuration)
    {
        silo.Configure<ClusterOptions>(options =>
        {
            options.ClusterId = configuration["Orleans:ClusterId"] ?? DefaultId;
            options.ServiceId = configuration["Orleans:ServiceId"] ?? DefaultId;
        });

        var address = ClusterAddresses.Configured(configuration);
        silo.Configure<EndpointOptions>(options => options.AdvertisedIPAddress ??= address);
        silo.Configure<ClusterMembershipOptions>(options =>
        {
            Set(options);
            configuration.GetSection($"{Section}:Membership").Bind(options);
        });
        silo.Configure<SiloMessagingOptions>(options =>
        {
            // Between silos and of Orleans' own, such as an entry in the directory of grains. One that is lost with its connection is not noticed otherwise, and the
            // stream it was for waits meanwhile.
            options.SystemResponseTimeout = TimeSpan.FromSeconds(10);
            configuration.GetSection($"{Section}:Messaging").Bind(options);
        });
        SiloPortOpens.WhenListed(silo.Services);
        silo.Services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>, DeadSilosLeave>();
        silo.AddMembershipLease(options => configuration.GetSection($"{Section}:ReadLease").Bind(options));
    }

    private static void Set(ClusterMembershipOptions options)
    {
        // Probing adapts to what it measures between half of ProbeTimeout and MaxProbeTimeout. A dead process refuses connections and is noticed after
        // three probes; a stopped one keeps its connections, and the connection check holds votes back for MaxProbeTimeout times NumMissedProbesLimit.
        options.ProbeTimeout = TimeSpan.FromSeconds(2);
        options.MaxProbeTimeout = TimeSpan.FromSeconds(2.5);
        options.NumMissedProbesLimit = 3;
        options.NumVotesForDeathDeclaration = 2;
        options.EnableConnectionLivenessCheck = true;

        // A silo that was declared dead and did not hear of it finds out here (the read lease looks more often and asks for this at once).
        options.TableRefreshTimeout = TimeSpan.FromSeconds(3);

        // A joining silo must reach every active entry that is not stale. After all silos died, a restart on other ports, or of some of them only,
        // waits until the old entries are stale: 5 s, about what a process needs to start. Shorter would call busy silos stale, and those do not count
        // when votes are asked for; many short periods rather than few long ones, so that one late write matters little.
        options.IAmAliveTablePublishTimeout = TimeSpan.FromSeconds(1);
        options.NumMissedTableIAmAliveLimit = 5;
    }
}
