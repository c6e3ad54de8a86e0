using LstmOrleans.Silo.Storage.Transfer;
using StackExchange.Redis;

namespace LstmOrleans.Silo.Storage.Redis;

/// <summary>The notes of copies from and to a service's store, in keys of their own.</summary>
internal static class RedisMarks
{
    /// <summary>The store for people; begins a sentence.</summary>
    public static string Location(string serviceId, string server) => $"Service '{serviceId}' at '{server}'";

    /// <summary>The store as a command line names it, without a password.</summary>
    public static string Address(string serviceId, string server) => $"redis:{server} --service-id {serviceId}";

    /// <summary>Reads both; what it returns is on disk.</summary>
    public static async Task<TransferMarks> ReadAsync(RedisConnection connection, KeySpace space, CommitMode mode, string location)
    {
        var sequence = connection.Begin(mode);
        var values = connection.Database.StringGetAsync([space.Outgoing, space.Incoming], CommandFlags.DemandMaster);
        await Task.WhenAll(values, sequence.Commit()).ConfigureAwait(false);
        return new(Parse((await values.ConfigureAwait(false))[0], location), Parse((await values.ConfigureAwait(false))[1], location));
    }

    /// <summary>Replaces both; on return that is on disk.</summary>
    public static async Task WriteAsync(RedisConnection connection, KeySpace space, CommitMode mode, TransferMarks marks)
    {
        var sequence = connection.Begin(mode);
        var writes = Task.WhenAll(Write(connection.Database, space.Outgoing, marks.Outgoing), Write(connection.Database, space.Incoming, marks.Incoming));
        await Task.WhenAll(writes, sequence.Commit()).ConfigureAwait(false);
    }

    private static TransferMark? Parse(RedisValue value, string location) => value.IsNull ? null : TransferMark.Read(value.ToString(), location);

    private static Task<bool> Write(IDatabase database, byte[] key, TransferMark? mark) =>
        mark is null ? database.KeyDeleteAsync(key, CommandFlags.DemandMaster) : database.StringSetAsync(key, mark.Write(), flags: CommandFlags.DemandMaster);
}
