namespace LstmOrleans.AppHost.Resources;

/// <summary>A Redis that has on disk what it acknowledged.</summary>
internal static class AppendOnlyFile
{
    private static readonly string[] Settings = ["--appendonly", "yes", "--appendfsync", "always"];

    /// <summary>
    /// Every write is synced before it is answered, so the servers' readiness has no warning. (A data volume alone brings a snapshot a minute, and a crash
    /// loses what came after the last.)
    /// </summary>
    /// <remarks>
    /// Aspire 13.3 starts Redis through a shell, which puts the password in: <c>/bin/sh -c "redis-server --requirepass $REDIS_PASSWORD --save 60 1"</c>.
    /// When it runs, it joins all arguments to that one command only at the end, so further ones are simply added. When it publishes, the command has
    /// been joined already and stands behind <c>-c</c>; an argument added there would be the shell's own, which passes over it without a word.
    /// </remarks>
    public static IResourceBuilder<RedisResource> WithAppendOnlyFile(this IResourceBuilder<RedisResource> redis) => redis.WithArgs(context =>
    {
        if (context.Args is ["-c", string command])
        {
            context.Args[1] = $"{command} {string.Join(' ', Settings)}";
            return;
        }

        foreach (string setting in Settings)
            context.Args.Add(setting);
    });
}
