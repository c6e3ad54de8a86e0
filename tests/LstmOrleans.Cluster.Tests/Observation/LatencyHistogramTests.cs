using CsCheck;
using LstmOrleans.Silo.Observation;

namespace LstmOrleans.Cluster.Tests.Observation;

public sealed class LatencyHistogramTests
{
    private static readonly Gen<double[]> Latencies = Gen.Double[-6, 1.8].Select(exponent => Math.Pow(10, exponent)).Array[1, 400];

    [Fact]
    public void Buckets_OverTheirWholeRange_AreWithinTheStatedError()
    {
        Gen.Double[Math.Log(4e-6), Math.Log(67)].Select(Math.Exp).Sample(
            seconds => Math.Abs(LatencyBuckets.MiddleOf(LatencyBuckets.IndexOf(seconds)) - seconds) <= seconds * LatencyBuckets.RelativeError, iter: 20_000);
        Gen.Double[0, 4e-6].Sample(seconds => Math.Abs(LatencyBuckets.MiddleOf(LatencyBuckets.IndexOf(seconds)) - seconds) <= 0.1251e-6, iter: 2_000);
    }

    [Fact]
    public void Buckets_OneAfterTheOther_AreReachedInOrder()
    {
        for (int index = 0; index < LatencyBuckets.Count; index++)
            Assert.Equal(index, LatencyBuckets.IndexOf(LatencyBuckets.MiddleOf(index)));
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(0)]
    [InlineData(double.NaN)]
    [InlineData(1e9)]
    [InlineData(double.PositiveInfinity)]
    public void IndexOf_WhatIsNoLatency_IsABucketAllTheSame(double seconds) => Assert.InRange(LatencyBuckets.IndexOf(seconds), 0, LatencyBuckets.Count - 1);

    [Fact]
    public void Percentile_OfAnyCalls_IsThatOfTheSortedCalls() => Latencies.Sample(latencies =>
    {
        var histogram = Of(latencies);
        foreach (double share in new[] { 0.5, 0.95, 0.99, 1 })
        {
            double exact = latencies.Order().ElementAt(Math.Max(0, (int)Math.Ceiling(share * latencies.Length) - 1));
            Assert.InRange(histogram.Percentile(share)!.Value, (exact * (1 - LatencyBuckets.RelativeError)) - 0.1251e-6, (exact * (1 + LatencyBuckets.RelativeError)) + 0.1251e-6);
        }
    });

    // Not so for averages of percentiles: that is why histograms are added.
    [Fact]
    public void Merged_OverTheWire_IsWhatAllCallsTogetherGive() => Gen.Select(Latencies, Latencies, Latencies).Sample((a, b, c) =>
    {
        var merged = new LatencyHistogram();
        foreach (double[] silo in new[] { a, b, c })
            merged.Add(Of(silo).Encode());
        var all = Of([.. a, .. b, .. c]);
        Assert.Equal(all.Total, merged.Total);
        Assert.Equal(all.Encode(), merged.Encode());
        Assert.Equal(all.Percentile(0.99), merged.Percentile(0.99));
    });

    [Fact]
    public void Percentile_OfNoCalls_IsNone() => Assert.Null(new LatencyHistogram().Percentile(0.5));

    private static LatencyHistogram Of(double[] latencies)
    {
        var histogram = new LatencyHistogram();
        foreach (double latency in latencies)
            histogram.Add(LatencyBuckets.IndexOf(latency), 1);
        return histogram;
    }
}
