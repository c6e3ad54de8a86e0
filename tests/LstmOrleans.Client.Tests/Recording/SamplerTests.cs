using LstmOrleans.Recording.Sampling;

namespace LstmOrleans.Client.Tests.Recording;

public class SamplerTests
{
    private readonly ManualTime _time = new();
    private readonly ScriptedSource _source = new();

    [Fact]
    public void Sample_Counter_IsItsChangePerSecond()
    {
        _source.Next = [new Reading("forks", 100, PerSecond: true), new Reading("load", 3)];
        var sampler = new Sampler([_source], _time);
        _source.Next = [new Reading("forks", 150, PerSecond: true), new Reading("load", 4)];

        Assert.Equal([25, 4], Row(sampler, after: 2_000));
        Assert.Equal(["forks", "load"], sampler.Streams);
    }

    [Fact]
    public void Sample_CounterStepsBack_IsZero()
    {
        _source.Next = [new Reading("iowait", 100, PerSecond: true)];
        var sampler = new Sampler([_source], _time);
        _source.Next = [new Reading("iowait", 99, PerSecond: true)];

        Assert.Equal([0], Row(sampler, after: 1_000));
    }

    [Fact]
    public void Sample_StreamAppearsLater_IsIgnored()
    {
        _source.Next = [new Reading("load", 1)];
        var sampler = new Sampler([_source], _time);
        _source.Next = [new Reading("new", 9), new Reading("load", 2)];

        Assert.Equal([2], Row(sampler, after: 1_000));
    }

    [Fact]
    public void Sample_CounterMissesOnce_IsUnknownUntilTwoReadingsAreThere()
    {
        _source.Next = [new Reading("forks", 100, PerSecond: true)];
        var sampler = new Sampler([_source], _time);

        _source.Next = [];
        Assert.Equal([double.NaN], Row(sampler, after: 1_000));
        _source.Next = [new Reading("forks", 300, PerSecond: true)];
        Assert.Equal([double.NaN], Row(sampler, after: 1_000));
        _source.Next = [new Reading("forks", 307, PerSecond: true)];
        Assert.Equal([7], Row(sampler, after: 1_000));
    }

    private double[] Row(Sampler sampler, double after)
    {
        _time.Advance(after);
        var row = new double[sampler.Streams.Count];
        sampler.Sample(row);
        return row;
    }

    private sealed class ScriptedSource : IReadingSource
    {
        public Reading[] Next { get; set; } = [];

        public void Read(List<Reading> into) => into.AddRange(Next);
    }
}
