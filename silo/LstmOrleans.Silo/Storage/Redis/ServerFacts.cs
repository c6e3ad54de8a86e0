namespace LstmOrleans.Silo.Storage.Redis;

/// <summary>What a server tells of itself: its INFO text and the settings that decide about durability.</summary>
/// <param name="Info">INFO, by name.</param>
/// <param name="Settings">CONFIG GET, by name; without those that it does not know or does not tell.</param>
/// <param name="ScriptsAreAtomic">Whether nobody else can write between two commands of a script: tried out, because Garnet does not tell.</param>
internal sealed record ServerFacts(IReadOnlyDictionary<string, string> Info, IReadOnlyDictionary<string, string> Settings, bool ScriptsAreAtomic)
{
    /// <summary>The settings that <see cref="StoreDurability"/> asks for.</summary>
    public static readonly string[] SettingNames =
        ["appendonly", "appendfsync", "no-appendfsync-on-rewrite", "maxmemory", "maxmemory-policy", "aof-null-device", "logdir"];

    public bool IsGarnet => Info.ContainsKey("garnet_version");

    public bool IsCluster => Info.GetValueOrDefault("cluster_enabled") == "1" || Info.GetValueOrDefault("redis_mode") == "cluster";

    public bool IsReplica => Info.GetValueOrDefault("role") == "slave";

    /// <summary>Name and version for people.</summary>
    public string Server =>
        IsGarnet ? $"Garnet {Info["garnet_version"]}"
        : Info.TryGetValue("valkey_version", out var valkey) ? $"Valkey {valkey}"
        : $"Redis {Info.GetValueOrDefault("redis_version") ?? "of unknown version"}";

    /// <summary>Whether the server has WAITAOF: Redis 7.2, and Valkey, which says 7.2 too.</summary>
    public bool HasWaitAof => !IsGarnet && Version.TryParse(Info.GetValueOrDefault("redis_version"), out var version) && version >= new Version(7, 2);

    /// <summary>Reads INFO: lines <c>name:value</c>, headings with <c>#</c>.</summary>
    public static IReadOnlyDictionary<string, string> ParseInfo(string text)
    {
        var info = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var line in text.Split('\n'))
        {
            var colon = line.IndexOf(':', StringComparison.Ordinal);
            if (colon > 0 && line[0] != '#')
                info[line[..colon]] = line[(colon + 1)..].Trim();
        }

        return info;
    }
}
