using System.Collections;

namespace LstmOrleans.Cli.Cluster;

/// <summary>The settings that make a process a member or a client of the cluster, as environment variables.</summary>
internal static class ClusterEnvironment
{
    private const string Key = "redis";

    /// <summary>What a client needs, which a server needs too.</summary>
    public static (string Name, string Value)[] Client(int storePort) =>
    [
        ("Orleans__Clustering__ProviderType", "Redis"), ("Orleans__Clustering__ServiceKey", Key), ($"ConnectionStrings__{Key}", $"127.0.0.1:{storePort}"),
    ];

    /// <summary>What a server needs.</summary>
    public static (string Name, string Value)[] Server(ClusterFolder folder, ClusterPorts ports, int number)
    {
        var own = ports.Silos[number - 1];
        return
        [
            .. Client(ports.Store),
            ("Orleans__GrainStorage__streams__ProviderType", "Redis"), ("Orleans__GrainStorage__streams__ServiceKey", Key),
            ("Orleans__Endpoints__SiloPort", $"{own.Silo}"), ("Orleans__Endpoints__GatewayPort", $"{own.Gateway}"),
            ("ASPNETCORE_URLS", $"http://127.0.0.1:{own.Http}"),
            ("Lstm__DataDirectory", folder.Silo(number)), ("Lstm__Models__Directory", folder.Models), ("Lstm__ExitWithParent", "true"),
        ];
    }

    /// <summary>Variables of this process that would make another cluster of it.</summary>
    public static IEnumerable<string> Foreign() =>
        Environment.GetEnvironmentVariables().Cast<DictionaryEntry>().Select(entry => (string)entry.Key).Where(name => name.StartsWith("Orleans__", StringComparison.OrdinalIgnoreCase));
}
