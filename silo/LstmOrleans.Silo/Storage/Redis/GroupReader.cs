using StackExchange.Redis;

namespace LstmOrleans.Silo.Storage.Redis;

/// <summary>Reads a group of records with one commit behind them. Used by one thread only.</summary>
internal sealed class GroupReader(RedisConnection connection, TimeSpan timeout)
{
    /// <summary>What is under each key, in their order. It is on disk.</summary>
    /// <exception cref="TimeoutException">The server did not answer in time.</exception>
    /// <exception cref="AggregateException">The server refused, or the connection was lost.</exception>
    public (RedisValue Value, RedisType Kind)[] Read(RedisKey[] keys, StoreDurability durability)
    {
        var sequence = connection.Begin(durability.Mode);
        var values = connection.Database.StringGetAsync(keys, CommandFlags.DemandMaster);
        // Of a list or a set MGET says what it says where nothing is. A stream that has one under its key would be found not open.
        var existing = connection.Database.KeyExistsAsync(keys, CommandFlags.DemandMaster);
        Wait(Task.WhenAll(values, existing, sequence.Commit()));

        var found = Array.ConvertAll(values.Result, value => (Value: value, Kind: value.IsNull ? RedisType.None : RedisType.String));
        if (existing.Result > found.LongCount(read => read.Kind == RedisType.String))
            LookAtTheRest(keys, found);
        return found;
    }

    private void LookAtTheRest(RedisKey[] keys, (RedisValue Value, RedisType Kind)[] found)
    {
        int[] rest = [.. Enumerable.Range(0, keys.Length).Where(index => found[index].Kind == RedisType.None)];
        var kinds = Task.WhenAll(rest.Select(index => connection.Database.KeyTypeAsync(keys[index], CommandFlags.DemandMaster)));
        Wait(kinds);
        for (int i = 0; i < rest.Length; i++)
        {
            // A record that came just now: none was there when the values were read.
            if (kinds.Result[i] != RedisType.String)
                found[rest[i]].Kind = kinds.Result[i];
        }
    }

    private void Wait(Task task)
    {
        if (!task.Wait(timeout))
            throw new TimeoutException("no answer in time");
    }
}
