using System.Collections.Concurrent;
using LstmOrleans.Demo.Live;

namespace LstmOrleans.Demo.Store;

/// <summary>Stores the batches of all streams, and live rows, on one thread: what waits at the same moment goes into one transaction, and so into one sync of the disk.</summary>
internal sealed class CommitQueue : IDisposable
{
    private readonly DemoDatabase _database;
    private readonly BlockingCollection<(StreamCommit? Commit, LiveRow? Row, TaskCompletionSource Stored)> _waiting = [];
    private readonly Thread _thread;

    public CommitQueue(DemoDatabase database)
    {
        _database = database;
        _thread = new Thread(StoreAll) { IsBackground = true, Name = "demo.db" };
        _thread.Start();
    }

    /// <summary>Stores a batch.</summary>
    /// <returns>Ends when it is on disk.</returns>
    public Task Store(StreamCommit commit) => Store(commit, null);

    /// <summary>Stores a live row.</summary>
    /// <returns>Ends when it is on disk.</returns>
    public Task Store(LiveRow row) => Store(null, row);

    /// <summary>Ends when everything that was queued is stored.</summary>
    public void Dispose()
    {
        _waiting.CompleteAdding();
        _thread.Join();
        _waiting.Dispose();
    }

    private Task Store(StreamCommit? commit, LiveRow? row)
    {
        var stored = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _waiting.Add((commit, row, stored));
        return stored.Task;
    }

    private void StoreAll()
    {
        var group = new List<(StreamCommit? Commit, LiveRow? Row, TaskCompletionSource Stored)>();
        Exception? failure = null;
        foreach (var first in _waiting.GetConsumingEnumerable())
        {
            group.Clear();
            group.Add(first);
            while (_waiting.TryTake(out var another))
                group.Add(another);
            try
            {
                // After a failure nothing is known about the file; the run ends and reads it again.
                if (failure == null)
                    _database.Store(group.Select(entry => entry.Commit).OfType<StreamCommit>(), group.Select(entry => entry.Row).OfType<LiveRow>());
            }
            catch (Exception error)
            {
                failure = error;
            }

            foreach (var (_, _, stored) in group)
            {
                if (failure == null)
                    stored.SetResult();
                else
                    stored.SetException(failure);
            }
        }
    }
}
