using StackExchange.Redis;

namespace LstmOrleans.Silo.Storage.Redis;

/// <summary>What a failed script says about what it did.</summary>
internal static class RedisFailure
{
    // Said before the script begins.
    private static readonly string[] BeforeTheScript = ["NOSCRIPT", "LOADING", "NOAUTH", "BUSY"];

    // Said by Redis only while a script has not written yet; once it wrote it is let through.
    private static readonly string[] BeforeTheFirstWrite = ["OOM", "READONLY", "MISCONF", "NOREPLICAS"];

    public static bool IsScriptUnknown(Exception failure) => failure is RedisServerException && failure.Message.StartsWith("NOSCRIPT", StringComparison.Ordinal);

    /// <summary>Whether the value under a key is none of ours, as a list is.</summary>
    public static bool IsOfAnotherKind(string message) => message.StartsWith("WRONGTYPE", StringComparison.Ordinal);

    /// <summary>Whether nothing was changed, for certain.</summary>
    /// <remarks>
    /// A lost connection never says so: the client marks a command as sent only after its last byte has left, which the server may have answered by then.
    /// </remarks>
    public static bool ChangedNothing(Exception failure, bool isGarnet) =>
        failure is RedisServerException && (Begins(failure.Message, BeforeTheScript) || (!isGarnet && Begins(failure.Message, BeforeTheFirstWrite)));

    private static bool Begins(string message, string[] prefixes) => Array.Exists(prefixes, prefix => message.StartsWith(prefix, StringComparison.Ordinal));
}
