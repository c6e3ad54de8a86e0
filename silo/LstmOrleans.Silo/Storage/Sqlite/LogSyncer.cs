namespace LstmOrleans.Silo.Storage.Sqlite;

/// <summary>Settles groups on a thread of its own, in their order: their sync, and telling them, go on while the writer runs the next transaction.</summary>
/// <remarks>
/// <code>
///   writer   [ group 1 ][ group 2      ]        [ group 3      ]
///   here                [ sync 1 | tell 1 ]     [ sync 2 | tell 2 ]
/// </code>
/// <para>One at a time, and the writer waits with the second until the first is told: what gathers meanwhile makes the next transaction larger, and larger is cheaper.</para>
/// </remarks>
internal sealed class LogSyncer : IDisposable
{
    // Monitor, because both sides sleep until there is something to do.
    private readonly object _guard = new();
    private readonly Action<WriteGroup> _settle;
    private readonly Task _ended;
    private WriteGroup? _group;
    private WriteGroup? _free = new();
    private bool _stopping;

    /// <param name="settle">Syncs and tells one group. Must not throw.</param>
    public LogSyncer(Action<WriteGroup> settle)
    {
        _settle = settle;
        _ended = StoreThread.Run("lstm-sqlite-sync", Loop);
    }

    /// <summary>Whether none is under way. Asked by who gives them.</summary>
    public bool IsIdle
    {
        get
        {
            lock (_guard)
                return _group == null;
        }
    }

    /// <summary>Gives a group, once the one before it is told.</summary>
    /// <returns>An empty one for the next.</returns>
    public WriteGroup Give(WriteGroup group)
    {
        lock (_guard)
        {
            while (_group != null)
                Monitor.Wait(_guard);
            _group = group;
            Monitor.PulseAll(_guard);
            (var free, _free) = (_free!, null);
            return free;
        }
    }

    /// <summary>Ends the thread when what was given is told.</summary>
    public void Dispose()
    {
        lock (_guard)
        {
            _stopping = true;
            Monitor.PulseAll(_guard);
        }

        _ended.Wait();
    }

    private void Loop()
    {
        for (; ; )
        {
            WriteGroup group;
            lock (_guard)
            {
                while (_group == null)
                {
                    if (_stopping)
                        return;
                    Monitor.Wait(_guard);
                }

                group = _group;
            }

            _settle(group);
            group.Writes.Clear();
            lock (_guard)
            {
                (_group, _free) = (null, group);
                Monitor.PulseAll(_guard);
            }
        }
    }
}
