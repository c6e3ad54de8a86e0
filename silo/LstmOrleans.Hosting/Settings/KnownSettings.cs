using System.Reflection;
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
        [$"{ClusterDefaults.Section}:Messaging"] = typeof(SiloMessagingOptions),
        [$"{ClusterDefaults.Section}:ReadLease"] = typeof(ReadLeaseOptions),
    };

    private static readonly HashSet<string> Known = new(
        Paths(property => property.CanWrite).Append(ClusterAddresses.Key).Where(path => !Sections.ContainsKey(path)), StringComparer.OrdinalIgnoreCase);

    // PATH:0, PATH:1 and so on; an empty one in a file is the path itself.
    private static readonly HashSet<string> Lists = new(Paths(property => typeof(ICollection<string>).IsAssignableFrom(property.PropertyType)), StringComparer.OrdinalIgnoreCase);

    /// <exception cref="OrleansConfigurationException">A setting of section <c>Lstm</c> is none; the message names those that are.</exception>
    public static void Check(IConfiguration configuration)
    {
        foreach (var (path, value) in configuration.GetSection(Root).AsEnumerable())
        {
            // A value of the section itself is a variable of the environment that has its name for another reason.
            if (value == null || path.Length == Root.Length)
                continue;
            string parent = path[..path.LastIndexOf(':')];
            if (!Known.Contains(path) && !Lists.Contains(path) && !Lists.Contains(parent))
                throw new OrleansConfigurationException($"{path} is no setting. {Names(parent)} Correct its name, or take it out (environment: {path.Replace(":", "__", StringComparison.Ordinal)}).");
        }
    }

    private static IEnumerable<string> Paths(Func<PropertyInfo, bool> which) =>
        Sections.SelectMany(section => section.Value.GetProperties().Where(which).Select(property => $"{section.Key}:{property.Name}"));

    private static string Names(string section)
    {
        string parent = Sections.Keys.FirstOrDefault(one => one.Equals(section, StringComparison.OrdinalIgnoreCase)) ?? Root;
        var names = Known.Concat(Lists).Concat(Sections.Keys).Where(path => path.Length > parent.Length && path.LastIndexOf(':') == parent.Length && path.StartsWith(parent, StringComparison.OrdinalIgnoreCase));
        return $"{parent} has {string.Join(", ", names.Select(path => path[(parent.Length + 1)..]).Distinct().Order(StringComparer.Ordinal))}.";
    }
}
