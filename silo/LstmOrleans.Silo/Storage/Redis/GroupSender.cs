using StackExchange.Redis;

namespace LstmOrleans.Silo.Storage.Redis;

/// <summary>Sends a group of writes as a few calls of the script with one commit behind them. Used by one thread only.</summary>
internal sealed class GroupSender(RedisConnection connection, KeySpace space, TimeSpan timeout)
{
    // One call keeps a server busy; on Redis, all of it.
    private const int MaxCallSize = 512;
    private const long MaxCallWeight = 1L << 20;

    /// <summary>Parts of the group, in its order, and how each ended.</summary>
    public IEnumerable<(ArraySegment<RedisWrite> Writes, GroupResult Result)> Send(List<RedisWrite> group, StoreDurability durability)
    {
        var calls = Cut(group.ToArray());
        var results = SendCalls(calls, durability);
        // A restarted server has forgotten the script; it said so before doing anything.
        if (results.Any(result => result.End == GroupEnd.ScriptUnknown))
        {
            var again = Enumerable.Range(0, calls.Count).Where(i => results[i].End == GroupEnd.ScriptUnknown).ToArray();
            var second = Load() ? SendCalls([.. again.Select(i => calls[i])], durability) : [.. again.Select(_ => new GroupResult(GroupEnd.Refused, "the script could not be loaded"))];
            for (var i = 0; i < again.Length; i++)
                results[again[i]] = second[i].End == GroupEnd.ScriptUnknown ? second[i] with { End = GroupEnd.Refused } : second[i];
        }

        return calls.Zip(results);
    }

    private GroupResult[] SendCalls(List<ArraySegment<RedisWrite>> calls, StoreDurability durability)
    {
        if (!connection.IsConnected)
            return [.. calls.Select(_ => new GroupResult(GroupEnd.Refused, "there is no connection"))];

        var sequence = connection.Begin(durability.Mode);
        var scripts = new Task<RedisResult>[calls.Count];
        for (var i = 0; i < scripts.Length; i++)
            scripts[i] = GroupScript.RunAsync(connection.Database, space, calls[i]);
        var commit = sequence.Commit();
        var committed = TryWait(Task.WhenAll(Task.WhenAll(scripts), commit));

        var results = new GroupResult[scripts.Length];
        for (var i = 0; i < results.Length; i++)
            results[i] = Result(scripts[i], commit, committed, durability);
        return results;
    }

    private static GroupResult Result(Task<RedisResult> script, Task commit, bool inTime, StoreDurability durability)
    {
        if (script.IsFaulted)
        {
            var failure = script.Exception.InnerException!;
            var end = RedisFailure.IsScriptUnknown(failure) ? GroupEnd.ScriptUnknown
                : RedisFailure.ChangedNothing(failure, durability.Mode == CommitMode.CommitAof) ? GroupEnd.Refused
                : GroupEnd.Unknown;
            return new(end, failure.Message);
        }

        // Not even a conflict is told before the commit: the record that was met may still vanish.
        if (script.IsCompletedSuccessfully && commit.IsCompletedSuccessfully)
            return new(GroupEnd.Committed, Conflicts: [.. GroupScript.Conflicts(script.Result)]);
        return new(GroupEnd.Unknown, commit.IsFaulted ? commit.Exception.InnerException!.Message : inTime ? "cancelled" : "no answer in time");
    }

    private bool Load()
    {
        var load = GroupScript.LoadAsync(connection.Database);
        return TryWait(load) && load.IsCompletedSuccessfully;
    }

    private bool TryWait(Task task)
    {
        try
        {
            return task.Wait(timeout);
        }
        catch (AggregateException)
        {
            // Each task is looked at by itself.
            return true;
        }
    }

    private static List<ArraySegment<RedisWrite>> Cut(RedisWrite[] group)
    {
        var calls = new List<ArraySegment<RedisWrite>>();
        var (start, weight) = (0, 0L);
        for (var i = 0; i < group.Length; i++)
        {
            if (i > start && (i - start == MaxCallSize || weight + group[i].Weight > MaxCallWeight))
            {
                calls.Add(new(group, start, i - start));
                (start, weight) = (i, 0);
            }

            weight += group[i].Weight;
        }

        calls.Add(new(group, start, group.Length - start));
        return calls;
    }
}
