namespace LstmOrleans.Silo.Storage.Redis;

/// <summary>What makes a group durable before it is acknowledged.</summary>
internal enum CommitMode
{
    /// <summary>Nothing to send: the server syncs before it answers (<c>appendfsync always</c>), or it cannot be made to (see the warning).</summary>
    None,

    /// <summary>Garnet: <c>COMMITAOF</c> writes the log up to its end and syncs it.</summary>
    CommitAof,

    /// <summary>Redis 7.2: <c>WAITAOF</c> waits until the log is synced up to this connection's last write.</summary>
    WaitAof,
}

/// <summary>How a server keeps what it acknowledged, or why it does not.</summary>
/// <param name="Mode">What is sent behind each group.</param>
/// <param name="Server">Name and version.</param>
/// <param name="Warning">Why acknowledged writes can be lost and what to change; null where they cannot.</param>
internal sealed record StoreDurability(CommitMode Mode, string Server, string? Warning)
{
    /// <exception cref="StorageOpenException">The server cannot be used at all.</exception>
    public static StoreDurability Judge(ServerFacts facts, string location)
    {
        if (facts.IsCluster)
            throw new StorageOpenException($"'{location}' is a {(facts.IsGarnet ? "Garnet" : "Redis")} Cluster; a group of records must be in one node. Name a server with cluster-enabled no.");
        if (facts.IsReplica)
            throw new StorageOpenException($"'{location}' is a replica and takes no writes. Name its primary.");

        var mode = ModeOf(facts);
        var findings = Findings(facts, mode).ToArray();
        return new(mode, facts.Server, findings.Length == 0 ? null : $"{facts.Server} at '{location}' can lose acknowledged writes: {string.Join("; ", findings)}.");
    }

    private static CommitMode ModeOf(ServerFacts facts) =>
        facts.IsGarnet ? CommitMode.CommitAof
        : facts.Settings.GetValueOrDefault("appendonly") == "no" || facts.Settings.GetValueOrDefault("appendfsync") == "always" ? CommitMode.None
        : facts.HasWaitAof ? CommitMode.WaitAof
        : CommitMode.None;

    private static IEnumerable<string> Findings(ServerFacts facts, CommitMode mode)
    {
        var settings = facts.Settings;
        switch (settings.GetValueOrDefault("appendonly"))
        {
            case "yes":
                break;
            case "no":
                // Garnet answers COMMITAOF with OK then too.
                yield return facts.IsGarnet ? "it has no log; start it with --aof --recover" : "it has no append-only file; set appendonly yes";
                break;
            default:
                yield return "it does not tell whether it has an append-only file (CONFIG GET appendonly); allow CONFIG GET";
                break;
        }

        if (!facts.IsGarnet && mode == CommitMode.None && settings.GetValueOrDefault("appendonly") == "yes" && settings.GetValueOrDefault("appendfsync") != "always")
            yield return $"appendfsync is '{settings.GetValueOrDefault("appendfsync")}' and this version has no WAITAOF; set appendfsync always, or use Redis 7.2 or newer";
        if (mode == CommitMode.WaitAof && settings.GetValueOrDefault("appendfsync") == "no")
            yield return "appendfsync is 'no', so that WAITAOF may wait for half a minute; set appendfsync everysec or always";
        if (settings.GetValueOrDefault("no-appendfsync-on-rewrite") == "yes" && settings.GetValueOrDefault("appendfsync") == "always")
            yield return "it does not sync while it rewrites its file; set no-appendfsync-on-rewrite no";
        if (settings.GetValueOrDefault("maxmemory", "0") != "0" && settings.GetValueOrDefault("maxmemory-policy") is { } policy and not "noeviction")
            yield return $"maxmemory-policy '{policy}' evicts records when memory is full; set noeviction";
        if (settings.GetValueOrDefault("aof-null-device") == "yes")
            yield return "aof-null-device throws its log away; leave it out";
        if (facts.IsGarnet && settings.GetValueOrDefault("logdir") == "")
            yield return "it drops the oldest records when its memory is full, without a word; start it with --storage-tier --logdir DIR";
        if (!facts.ScriptsAreAtomic)
            yield return "its scripts are not atomic, so that a stopped silo that comes back can overwrite what another wrote; start it with --lua-transaction-mode";
    }
}
