using StackExchange.Redis;

namespace LstmOrleans.Silo.Storage.Redis;

/// <summary>Asks a server what it is and how it is set up.</summary>
internal static class ServerInspection
{
    // About 50 ms on Garnet: time enough for the other connection to write in between.
    private const string ProbeScript = """
        redis.call('SET',KEYS[1],'a')
        for i=1,50000 do
          if redis.call('GET',KEYS[1])~='a' then return 0 end
        end
        return 1
        """;

    /// <param name="database">Any connection.</param>
    /// <param name="scriptsAreAtomic">What is known of it.</param>
    public static async Task<ServerFacts> AskAsync(IDatabase database, bool scriptsAreAtomic)
    {
        var info = ServerFacts.ParseInfo((string?)await database.ExecuteAsync("INFO").ConfigureAwait(false) ?? "");
        var settings = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var name in ServerFacts.SettingNames)
        {
            try
            {
                if ((RedisResult[]?)await database.ExecuteAsync("CONFIG", "GET", name).ConfigureAwait(false) is [_, var value, ..])
                    settings[name] = (string?)value ?? "";
            }
            catch (RedisServerException)
            {
                // Not allowed to ask; the verdict says so.
            }
        }

        return new(info, settings, scriptsAreAtomic);
    }

    /// <summary>Tries whether another connection can write between two commands of a script. Redis itself cannot; Garnet can, unless it is told not to.</summary>
    public static async Task<bool> ScriptsAreAtomicAsync(IDatabase database, IDatabase other, KeySpace space)
    {
        RedisKey key = space.Probe();
        // Seeing a write is a proof, seeing none may mean that it came too early or too late: it takes two of those.
        bool atomic = await SeesNoWriteAsync(database, other, key).ConfigureAwait(false)
            && await SeesNoWriteAsync(database, other, key).ConfigureAwait(false);
        await other.KeyDeleteAsync(key).ConfigureAwait(false);
        return atomic;
    }

    private static async Task<bool> SeesNoWriteAsync(IDatabase database, IDatabase other, RedisKey key)
    {
        var script = database.ScriptEvaluateAsync(ProbeScript, [key]);
        while (!script.IsCompleted)
        {
            // Many on the way at once: where this process is busy, the turn after an answer can come when the script has ended.
            for (int write = 0; write < 500; write++)
                await other.StringSetAsync(key, "b", flags: CommandFlags.FireAndForget).ConfigureAwait(false);
            await other.StringSetAsync(key, "b").ConfigureAwait(false);
        }

        return (int)await script.ConfigureAwait(false) == 1;
    }
}
