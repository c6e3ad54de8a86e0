using System.Diagnostics;
using LstmOrleans.Hosting.Telemetry;
using Microsoft.Extensions.Configuration;
using OpenTelemetry.Trace;

namespace LstmOrleans.Telemetry.Tests;

public sealed class SamplingTests
{
    [Theory]
    [InlineData("always_on", null, false, 1)]
    [InlineData("always_off", null, false, 0)]
    [InlineData("traceidratio", "0.25", false, 0.25)]
    [InlineData("parentbased_always_on", "0.25", true, 1)]
    [InlineData("parentbased_always_off", null, true, 0)]
    [InlineData("ParentBased_TraceIdRatio", "0.5", true, 0.5)]
    [InlineData("parentbased_traceidratio", null, true, 1)]
    public void Variables_AreReadAsTheStandardSays(string? name, string? argument, bool parentDecides, double ratio) =>
        Assert.Equal(new TraceSampling(parentDecides, ratio), TraceSampling.Read(Configuration(name, argument)));

    [Fact]
    public void NoVariables_OneInAHundred_ButFewASecond() =>
        Assert.Equal(new TraceSampling(true, 0.01) { MostRoots = 20 }, TraceSampling.Read(Configuration(null, null)));

    [Theory]
    [InlineData("sometimes", null, "OTEL_TRACES_SAMPLER is 'sometimes'")]
    [InlineData("traceidratio", "1.5", "OTEL_TRACES_SAMPLER_ARG is '1.5'")]
    [InlineData("traceidratio", "NaN", "OTEL_TRACES_SAMPLER_ARG is 'NaN'")]
    public void Variables_ThatBreakARule_PreventTheStart(string name, string? argument, string told) =>
        Assert.StartsWith(told, Assert.Throws<OrleansConfigurationException>(() => TraceSampling.Read(Configuration(name, argument))).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("parentbased_always_off", true, true)]
    [InlineData("parentbased_always_on", false, false)]
    [InlineData("always_on", false, true)]
    [InlineData("always_off", true, false)]
    public void Sampler_RemoteParent_DecidesWhereItShould(string name, bool parentIsRecorded, bool recorded)
    {
        var sampler = TraceSampling.Read(Configuration(name, null)).CreateSampler();
        var trace = ActivityTraceId.CreateRandom();
        var parent = new ActivityContext(trace, ActivitySpanId.CreateRandom(), parentIsRecorded ? ActivityTraceFlags.Recorded : ActivityTraceFlags.None, isRemote: true);

        var decision = sampler.ShouldSample(new SamplingParameters(parent, trace, "call", ActivityKind.Server)).Decision;

        Assert.Equal(recorded ? SamplingDecision.RecordAndSample : SamplingDecision.Drop, decision);
    }

    private static IConfiguration Configuration(string? name, string? argument) => new ConfigurationBuilder()
        .AddInMemoryCollection([new("OTEL_TRACES_SAMPLER", name), new("OTEL_TRACES_SAMPLER_ARG", argument)])
        .Build();
}
