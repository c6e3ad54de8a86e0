namespace LstmOrleans.Forecasting;

/// <summary>A forecast that waits for its row: the scale it was made in, its middle and its spread.</summary>
internal readonly record struct PendingForecast(double Mean, double Deviation, float Middle, float Spread)
{
    public const int StateBytes = 8 + 8 + 4 + 4;

    public double Error(double value) => PortableMath.Asinh((value - Mean) / Deviation) - Middle;
}

/// <summary>The forecasts of one horizon h that were issued in the last h rows: a ring of h places.</summary>
internal sealed class PendingForecasts
{
    private readonly PendingForecast[] _ring;

    public PendingForecasts(int horizon) => _ring = new PendingForecast[horizon];

    public int StateBytes => _ring.Length * PendingForecast.StateBytes;

    /// <summary>The forecast for this row, issued h rows before it. False where the stream is younger than that.</summary>
    public bool TryGetFor(long row, out PendingForecast forecast)
    {
        forecast = _ring[row % _ring.Length];
        return row >= _ring.Length;
    }

    /// <summary>Keeps the forecast issued at this row, in the place of the one that was for this row.</summary>
    public void Issue(long row, in PendingForecast forecast) => _ring[row % _ring.Length] = forecast;

    public void Write(ref StateWriter writer)
    {
        foreach (ref readonly var forecast in _ring.AsSpan())
        {
            writer.Double(forecast.Mean);
            writer.Double(forecast.Deviation);
            writer.Single(forecast.Middle);
            writer.Single(forecast.Spread);
        }
    }

    public void Read(ref StateReader reader)
    {
        foreach (ref var forecast in _ring.AsSpan())
            forecast = new PendingForecast(reader.Double(), reader.Double(), reader.Single(), reader.Single());
    }
}
