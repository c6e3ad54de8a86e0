using LstmOrleans.Hosting.Cluster;
using LstmOrleans.Hosting.Dashboard;
using LstmOrleans.Hosting.Telemetry;
using LstmOrleans.Silo.Leases;
using LstmOrleans.Silo.Models;
using LstmOrleans.Silo.Streams;
using Microsoft.Extensions.Configuration;
using Orleans.Configuration;

namespace LstmOrleans.Hosting.Settings;

/// <summary>Refuses settings that nobody reads: a misspelled one would be passed over, and its default would hold.</summary>
internal static class KnownSettings
{
    private const string Root = "Lstm";

    // What a section takes. A property that is a section itself has its own line.
    private static readonly Dictionary<string, Type> Sections = new(StringComparer.OrdinalIgnoreCase)
    {
        [Root] = typeof(LstmHostOptions),
        [$"{Root}:{nameof(LstmHostOptions.Dashboard)}"] = typeof(LstmDashboardOptions),
        [$"{Root}:Models"] = typeof(ModelStoreOptions),
        [$"{Root}:Streams"] = typeof(StreamsOptions),
        [TelemetryOptions.Section] = typeof(TelemetryOptions),
        [ClusterDefaults.Section] = typeof(LstmClusterOptions),
        [$"{ClusterDefaults.Section}:Membership"] = typeof(ClusterMembershipOptions),
        [$"{ClusterDefaults.Section}:ReadLease"] = typeof(ReadLeaseOptions),
    };

    private static readonly HashSet<string> Known = new(
        Sections.SelectMany(section => section.Value.GetProperties().Where(property => property.CanWrite).Select(property => $"{section.Key}:{property.Name}"))
            .Append(ClusterAddresses.Key).Where(path => !Sections.ContainsKey(path)),
        StringComparer.OrdinalIgnoreCase);

    /// <exception cref="OrleansConfigurationException">A setting of section <c>Lstm</c> is none; the message names those that are.</exception>
    public static void Check(IConfiguration configuration)
    {
        foreach (var (path, value) in configuration.GetSection(Root).AsEnumerable())
        {
            if (value != null && !Known.Contains(path))
                throw new OrleansConfigurationException($"{path} is no setting. {Names(path[..path.LastIndexOf(':')])} Correct its name, or take it out (environment: {path.Replace(":", "__", StringComparison.Ordinal)}).");
        }
    }

    private static string Names(string section)
    {
        string parent = Sections.Keys.FirstOrDefault(one => one.Equals(section, StringComparison.OrdinalIgnoreCase)) ?? Root;
        var names = Known.Concat(Sections.Keys).Where(path => path.Length > parent.Length && path.LastIndexOf(':') == parent.Length && path.StartsWith(parent, StringComparison.OrdinalIgnoreCase));
        return $"{parent} has {string.Join(", ", names.Select(path => path[(parent.Length + 1)..]).Order(StringComparer.Ordinal))}.";
    }
}
