using System.Diagnostics;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace LstmOrleans.Silo.Storage.Sqlite;

/// <summary>Moves the write-ahead log into the database file on a thread and a connection of its own, while commits go on.</summary>
/// <remarks>
/// <code>
///   log, first pass     [ moved by it ][ commits meanwhile  ]
///        second pass                   [ moved by it        ][ commits meanwhile ]
///        the writer, between two of its commits              [ moved by it       ]   and the log begins anew
/// </code>
/// <para>A page takes 10 to 25 us to move, most of it waiting for the disk. Only the last part is waited for by the writer, and so by every stream. A pass is shorter than
/// the one before, because pages that were written several times are moved once; where commits are so fast that it is not, the passes end too.</para>
/// <para>SQLite allows one checkpoint at a time: the writer makes none of its own while a run is under way (<see cref="WaitForEnd"/>).</para>
/// </remarks>
internal sealed class LogMover : IDisposable
{
    private const int MostPasses = 6;

    // What the writer is left with, and every stream waits for: a part of what the first pass had to move, and no more than so much.
    private const int ShortEnough = 8;
    private const int ShortEnoughBytes = 8 << 20;

    private readonly DatabaseFile _file;
    private readonly SqliteConnection _connection;
    private readonly Action<CheckpointOutcome, long> _report;
    private readonly AutoResetEvent _asked = new(false);
    private readonly ManualResetEventSlim _idle = new(true);
    private readonly Task _ended;
    private volatile bool _stopping;
    private int _logPages;
    private CheckpointOutcome? _outcome;

    /// <param name="file">The file.</param>
    /// <param name="report">Is told on the mover's thread how each pass ended and when it began (<see cref="Stopwatch"/> ticks).</param>
    public LogMover(DatabaseFile file, Action<CheckpointOutcome, long> report)
    {
        (_file, _report) = (file, report);
        _connection = file.OpenCheckpointer();
        _ended = StoreThread.Run("lstm-sqlite-move", Loop);
    }

    /// <summary>Told by the writer after each commit: pages of the log that it has not moved.</summary>
    public int LogPages
    {
        get => Volatile.Read(ref _logPages);
        set => Volatile.Write(ref _logPages, value);
    }

    /// <summary>Begins a run, if none is under way or waits to be taken.</summary>
    public void Begin()
    {
        // A run may have ended since the writer asked for its outcome.
        if (!_idle.IsSet || _outcome != null)
            return;
        _idle.Reset();
        _asked.Set();
    }

    /// <summary>Takes how a run ended, once; false while there is none or it is under way.</summary>
    public bool TryTake(out CheckpointOutcome outcome)
    {
        outcome = default;
        if (!_idle.IsSet || _outcome is not { } ended)
            return false;
        (outcome, _outcome) = (ended, null);
        return true;
    }

    /// <summary>Returns when no run is under way.</summary>
    public void WaitForEnd() => _idle.Wait();

    /// <summary>Ends the thread, after the pass that is under way.</summary>
    public void Dispose()
    {
        _stopping = true;
        _asked.Set();
        _ended.Wait();
        _connection.Dispose();
        _asked.Dispose();
        _idle.Dispose();
    }

    private void Loop()
    {
        for (; ; )
        {
            _asked.WaitOne();
            if (_stopping)
                return;
            _outcome = Run();
            _idle.Set();
        }
    }

    private CheckpointOutcome Run()
    {
        var outcome = default(CheckpointOutcome);
        (var shortEnough, var growth) = (Math.Min(LogPages / ShortEnough, ShortEnoughBytes / _file.PageSize), int.MaxValue);
        for (var pass = 0; pass < MostPasses && !_stopping; pass++)
        {
            (var before, var growthBefore) = (LogPages, growth);
            outcome = Pass();
            growth = LogPages - before;
            if (outcome.End != CheckpointEnd.Moved || growth <= shortEnough || growth >= growthBefore)
                break;
        }

        return outcome;
    }

    private CheckpointOutcome Pass()
    {
        var started = Stopwatch.GetTimestamp();
        CheckpointOutcome outcome;
        try
        {
            outcome = _file.Checkpoint(_connection, raw.SQLITE_CHECKPOINT_PASSIVE);
        }
        catch (Exception e)
        {
            outcome = new(CheckpointEnd.Failed, e.Message);
        }

        _report(outcome, started);
        return outcome;
    }
}
