namespace LstmOrleans.Silo.Storage.Sqlite;

/// <summary>Keeps the side file of a store up to date, on a thread of its own: its sync must not be what a commit waits for.</summary>
internal sealed class MarkKeeper : IDisposable
{
    // A number may be told half a second after its commit, and its sync may take as long again.
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);

    private readonly string _databasePath;
    private readonly StoreState _state;
    private readonly Func<long> _commits;
    private readonly Action<string> _warn;
    private readonly Lock _guard = new();
    private readonly ManualResetEventSlim _stop = new();
    private readonly Thread _thread;
    private CommitMark? _mark;
    private bool _warned;

    /// <param name="databasePath">The database file.</param>
    /// <param name="state">What it said when it was opened.</param>
    /// <param name="commits">The number of a transaction that is certainly on disk.</param>
    /// <param name="warn">Is told once why the side file cannot be written, until it can be again.</param>
    public MarkKeeper(string databasePath, StoreState state, Func<long> commits, Action<string> warn)
    {
        (_databasePath, _state, _commits, _warn) = (databasePath, state, commits, warn);
        WriteNow();
        _thread = new Thread(Loop) { IsBackground = true, Name = "lstm-sqlite-mark" };
        _thread.Start();
    }

    /// <summary>Writes the number of the last commit, if it is not written yet.</summary>
    public void WriteNow()
    {
        lock (_guard)
        {
            try
            {
                _mark ??= CommitMark.Open(_databasePath, _state with { Commits = _commits() });
                _mark.Write(_commits());
                _warned = false;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // What it proves is older than it should be; the store itself is not touched by that.
                if (!_warned)
                    _warn(e.Message);
                _warned = true;
            }
        }
    }

    /// <summary>Writes the last number and ends the thread.</summary>
    public void Dispose()
    {
        _stop.Set();
        _thread.Join();
        WriteNow();
        _mark?.Dispose();
        _stop.Dispose();
    }

    private void Loop()
    {
        while (!_stop.Wait(Interval))
            WriteNow();
    }
}
