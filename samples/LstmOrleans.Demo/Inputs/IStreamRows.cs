using LstmOrleans.Forecasting;

namespace LstmOrleans.Demo.Inputs;

/// <summary>Where the rows of one stream come from: each row one event, position = row number.</summary>
internal interface IStreamRows
{
    /// <summary>The stream's key.</summary>
    string Name { get; }

    /// <summary>Rows before the first alarm.</summary>
    int WarmRows(ScorerParameters parameters);

    /// <summary>Waits for a row.</summary>
    /// <param name="position">1, 2, 3 ...</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>False when the source has ended before it.</returns>
    ValueTask<bool> HasAsync(long position, CancellationToken cancellation);

    /// <summary>The value of a row that is there and whose answer is not stored yet.</summary>
    double Value(long position);
}
