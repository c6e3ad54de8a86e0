namespace LstmOrleans.Demo.Live;

/// <summary>The rows that are stored and may still be needed; grows by one a second.</summary>
internal sealed class LiveRows
{
    private readonly Lock _lock = new();
    private readonly LiveRow?[] _ring;
    private TaskCompletionSource _more = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <param name="stored">What the last run has left, ascending without gaps.</param>
    /// <param name="kept">Rows that are kept for those who are behind.</param>
    public LiveRows(IEnumerable<LiveRow> stored, int kept)
    {
        _ring = new LiveRow?[kept];
        foreach (var row in stored)
            Keep(row);
    }

    /// <summary>Number of the first row that is kept; 0 = none.</summary>
    public long First { get; private set; }

    /// <summary>Number of the last row; 0 = none.</summary>
    public long Last { get; private set; }

    /// <summary>Adds a row that is on disk.</summary>
    public void Add(LiveRow row)
    {
        TaskCompletionSource waiting;
        lock (_lock)
        {
            Keep(row);
            (waiting, _more) = (_more, new(TaskCreationOptions.RunContinuationsAsynchronously));
        }

        waiting.SetResult();
    }

    /// <summary>Waits until a row is there.</summary>
    public async ValueTask WaitAsync(long number, CancellationToken cancellation)
    {
        while (true)
        {
            Task more;
            lock (_lock)
            {
                if (number <= Last)
                    return;
                more = _more.Task;
            }

            await more.WaitAsync(cancellation);
        }
    }

    /// <summary>A row that is there.</summary>
    public LiveRow this[long number]
    {
        get
        {
            lock (_lock)
            {
                return _ring[number % _ring.Length] is { } row && row.Number == number
                    ? row
                    : throw new DemoException($"Row {number} is not kept any more; {_ring.Length} rows are. Begin anew with --fresh.");
            }
        }
    }

    private void Keep(LiveRow row)
    {
        if (Last == 0)
            First = row.Number;
        _ring[row.Number % _ring.Length] = row;
        Last = row.Number;
        First = Math.Max(First, Last - _ring.Length + 1);
    }
}
