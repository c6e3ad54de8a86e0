using LstmOrleans.Demo.Inputs;
using LstmOrleans.Forecasting;

namespace LstmOrleans.Demo.Live;

/// <summary>One column of the live rows.</summary>
internal sealed class LiveStream : IStreamRows
{
    private readonly LiveRows _rows;
    private readonly int _column;

    public LiveStream(string name, LiveRows rows, int column) => (Name, _rows, _column) = (name, rows, column);

    public string Name { get; }

    public int WarmRows(ScorerParameters parameters) => parameters.LiveWarm;

    public async ValueTask<bool> HasAsync(long position, CancellationToken cancellation)
    {
        await _rows.WaitAsync(position, cancellation);
        return true;
    }

    public double Value(long position) => _rows[position].Values[_column];
}
