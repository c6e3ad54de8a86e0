using System.Collections.Concurrent;

namespace LstmOrleans.Demo.Store;

/// <summary>Stores the batches of all streams on one thread: what waits at the same moment goes into one transaction, and so into one sync of the disk.</summary>
internal sealed class CommitQueue : IDisposable
{
    private readonly DemoDatabase _database;
    private readonly BlockingCollection<(StreamCommit Commit, TaskCompletionSource Stored)> _waiting = [];
    private readonly Thread _thread;

    public CommitQueue(DemoDatabase database)
    {
        _database = database;
        _thread = new Thread(StoreAll) { IsBackground = true, Name = "demo.db" };
        _thread.Start();
    }

    /// <summary>Stores a batch.</summary>
    /// <returns>Ends when it is on disk.</returns>
    public Task Store(StreamCommit commit)
    {
        var stored = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _waiting.Add((commit, stored));
        return stored.Task;
    }

    /// <summary>Ends when everything that was queued is stored.</summary>
    public void Dispose()
    {
        _waiting.CompleteAdding();
        _thread.Join();
        _waiting.Dispose();
    }

    private void StoreAll()
    {
        var group = new List<(StreamCommit Commit, TaskCompletionSource Stored)>();
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
                    _database.Store(group.Select(entry => entry.Commit));
            }
            catch (Exception error)
            {
                failure = error;
            }

            foreach (var (_, stored) in group)
            {
                if (failure == null)
                    stored.SetResult();
                else
                    stored.SetException(failure);
            }
        }
    }
}
