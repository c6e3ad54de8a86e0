using LstmOrleans.Recording.Probes;
using LstmOrleans.Recording.Sampling;

namespace LstmOrleans.Client.Tests.Recording;

public class LatencyGaugeTests
{
    private readonly ManualTime _time = new();
    private readonly LatencyGauge _gauge;

    public LatencyGaugeTests() => _gauge = new LatencyGauge("probe_ms", _time);

    [Fact]
    public void Read_SeveralAttempts_GivesTheLongestSinceTheLastRead()
    {
        Attempt(3);
        Attempt(8);
        Attempt(5);
        Assert.Equal(8, Value());

        Attempt(2);
        Assert.Equal(2, Value());
    }

    [Fact]
    public void Read_NoNewAttempt_RepeatsTheLast()
    {
        Attempt(8);
        Attempt(5);
        Value();

        Assert.Equal(5, Value());
    }

    [Fact]
    public void Read_HungAttempt_GrowsUntilItEnds()
    {
        Attempt(5);
        _gauge.Begin();
        _time.Advance(1_000);
        Assert.Equal(1_000, Value());
        _time.Advance(1_000);
        Assert.Equal(2_000, Value());
        _time.Advance(500);
        _gauge.End();
        Assert.Equal(2_500, Value());
    }

    [Fact]
    public void Begin_AfterAFailedAttempt_KeepsItsStart()
    {
        _gauge.Begin();
        _time.Advance(700);
        _gauge.Begin();
        _time.Advance(300);

        Assert.Equal(1_000, Value());
    }

    private void Attempt(double milliseconds)
    {
        _gauge.Begin();
        _time.Advance(milliseconds);
        _gauge.End();
    }

    private double Value()
    {
        var readings = new List<Reading>();
        _gauge.Read(readings);
        return Assert.Single(readings).Value;
    }
}
