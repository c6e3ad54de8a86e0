namespace LstmOrleans.Forecasting;

/// <summary>The mean of a term's last k errors, as a z-score against all earlier such means.</summary>
internal sealed class ErrorMeans
{
    private const int FixedStateBytes = 8 + 8 + 8 + 8;

    private readonly float[] _ring;
    private readonly int _meansNeeded;
    private readonly double _deviationFloor;

    private double _sum;
    private long _count;        // errors seen, and so means compared with
    private double _meanOfMeans;
    private double _squares;    // sum of squared distances from the mean of means (Welford)

    public ErrorMeans(int window, int meansNeeded, double deviationFloor)
    {
        _ring = new float[window];
        _meansNeeded = meansNeeded;
        _deviationFloor = deviationFloor;
    }

    public int StateBytes => FixedStateBytes + _ring.Length * sizeof(float);

    public double Push(float error)
    {
        var place = (int)(_count % _ring.Length);
        _sum += (double)error - _ring[place];
        _ring[place] = error;
        // Once per turn of the ring the sum is taken anew, so that rounding cannot pile up over a long life. It happens at
        // fixed rows, so a restored scorer does it at the same ones.
        if (place == _ring.Length - 1)
            _sum = Sum(_ring);

        var mean = _sum / Math.Min(_count + 1, _ring.Length);
        var standing = _count > _meansNeeded
            ? (mean - _meanOfMeans) / Math.Max(Math.Sqrt(_squares / _count), _deviationFloor)
            : 0;

        _count++;
        var distance = mean - _meanOfMeans;
        _meanOfMeans += distance / _count;
        _squares += distance * (mean - _meanOfMeans);
        return standing;
    }

    public void Write(ref StateWriter writer)
    {
        writer.Double(_sum);
        writer.Int64(_count);
        writer.Double(_meanOfMeans);
        writer.Double(_squares);
        foreach (var error in _ring)
            writer.Single(error);
    }

    public void Read(ref StateReader reader)
    {
        _sum = reader.Double();
        _count = reader.Int64();
        _meanOfMeans = reader.Double();
        _squares = reader.Double();
        foreach (ref var error in _ring.AsSpan())
            error = reader.Single();
    }

    private static double Sum(float[] errors)
    {
        var sum = 0.0;
        foreach (var error in errors)
            sum += error;
        return sum;
    }
}
