using LstmOrleans.Silo.Storage.Sqlite;
using Microsoft.Data.Sqlite;

namespace LstmOrleans.Cluster.Tests.Storage;

/// <summary>Answers commits and checkpoints as a test wants; lets them through where it says nothing.</summary>
internal sealed class FaultyPoints : IDurabilityPoints
{
    public Func<Func<int>, int> OnCommit { get; set; } = commit => commit();

    public Func<Func<int>, int> OnCheckpoint { get; set; } = checkpoint => checkpoint();

    public Action<Action> OnSyncLog { get; set; } = sync => sync();

    public SqliteConnection? Writer { get; private set; }

    public void WriterOpened(SqliteConnection connection) => Writer = connection;

    public int Commit(Func<int> commit) => OnCommit(commit);

    public int Checkpoint(Func<int> checkpoint) => OnCheckpoint(checkpoint);

    public void SyncLog(Action sync) => OnSyncLog(sync);

    /// <summary>Holds the next commit at its door, so that a test decides which writes form the following group.</summary>
    public CommitGate HoldNextCommit()
    {
        var gate = new CommitGate();
        OnCommit = commit =>
        {
            OnCommit = next => next();
            gate.Pass();
            return commit();
        };
        return gate;
    }

    /// <summary>Holds the next sync of the log at its door.</summary>
    /// <param name="then">What becomes of it; null = it is done.</param>
    public CommitGate HoldNextSync(Action? then = null)
    {
        var gate = new CommitGate();
        OnSyncLog = sync =>
        {
            OnSyncLog = next => next();
            gate.Pass();
            (then ?? sync)();
        };
        return gate;
    }
}

/// <summary>A door that one commit, or one sync, waits at.</summary>
internal sealed class CommitGate
{
    private readonly TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _open = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes when it waits.</summary>
    public Task Reached => _reached.Task;

    public void Open() => _open.SetResult();

    public void Pass()
    {
        _reached.SetResult();
        _open.Task.Wait();
    }
}
