using System.Globalization;
using LstmOrleans.Contracts.Tracing;
using Microsoft.Extensions.Configuration;
using OpenTelemetry.Trace;

namespace LstmOrleans.Hosting.Telemetry;

/// <summary>Which traces are recorded: what the standard variables <c>OTEL_TRACES_SAMPLER</c> and <c>OTEL_TRACES_SAMPLER_ARG</c> say.</summary>
/// <remarks>
/// The SDK reads them too, but not before a span is made, and that is what costs: it makes one for each root that it then does not sample. So the
/// same rules are kept here, where <see cref="LstmTracing"/> can draw first.
/// </remarks>
/// <param name="ParentDecides">Whether a caller's decision holds.</param>
/// <param name="Ratio">The share of traces without a caller that are recorded, 0 to 1.</param>
internal sealed record TraceSampling(bool ParentDecides, double Ratio)
{
    /// <summary>Without the variables: one trace in a hundred but few a second, and every one that a caller has decided to record.</summary>
    public static readonly TraceSampling Default = new(true, 0.01) { MostRoots = 20 };

    private const string Variable = "OTEL_TRACES_SAMPLER", ArgumentVariable = "OTEL_TRACES_SAMPLER_ARG";

    /// <summary>Most traces that begin in a second.</summary>
    public int MostRoots { get; init; } = int.MaxValue;

    /// <exception cref="OrleansConfigurationException">A variable breaks a rule; the message says which.</exception>
    public static TraceSampling Read(IConfiguration configuration)
    {
        string? name = configuration[Variable];
        if (string.IsNullOrEmpty(name))
            return Default;
        return name.ToLowerInvariant() switch
        {
            "always_on" => new(false, 1),
            "always_off" => new(false, 0),
            "traceidratio" => new(false, ReadRatio(configuration)),
            "parentbased_always_on" => new(true, 1),
            "parentbased_always_off" => new(true, 0),
            "parentbased_traceidratio" => new(true, ReadRatio(configuration)),
            _ => throw new OrleansConfigurationException(
                $"{Variable} is '{name}'; it must be always_on, always_off, traceidratio, parentbased_always_on, parentbased_always_off or parentbased_traceidratio. Correct it, or leave it out."),
        };
    }

    /// <summary>The sampler, with this process' draw set to it.</summary>
    public Sampler Apply()
    {
        (LstmTracing.ParentDecides, LstmTracing.RootRatio, LstmTracing.MostRoots) = (ParentDecides, Ratio, MostRoots);
        return CreateSampler();
    }

    internal Sampler CreateSampler() => new DrawnSampler(this);

    private static double ReadRatio(IConfiguration configuration)
    {
        string? text = configuration[ArgumentVariable];
        if (string.IsNullOrEmpty(text))
            return 1;
        return double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double ratio) && ratio is >= 0 and <= 1
            ? ratio
            : throw new OrleansConfigurationException($"{ArgumentVariable} is '{text}'; it must be a number from 0 to 1, as 0.01. Correct it.");
    }

    /// <summary>Samples what was drawn before; all else by the ratio.</summary>
    private sealed class DrawnSampler : Sampler
    {
        private readonly TraceSampling _rules;
        private readonly TraceIdRatioBasedSampler _byRatio;

        public DrawnSampler(TraceSampling rules)
        {
            (_rules, _byRatio) = (rules, new(rules.Ratio));
            Description = $"{nameof(DrawnSampler)}{{{(rules.ParentDecides ? "parent, " : "")}{rules.Ratio.ToString(CultureInfo.InvariantCulture)}}}";
        }

        public override SamplingResult ShouldSample(in SamplingParameters samplingParameters)
        {
            var parent = samplingParameters.ParentContext;
            // What goes on within a span of this process follows it in any case: half a trace is worth nothing.
            if (parent.TraceId != default && (_rules.ParentDecides || !parent.IsRemote))
                return new(parent.TraceFlags.HasFlag(System.Diagnostics.ActivityTraceFlags.Recorded));
            return LstmTracing.IsDrawn ? new(SamplingDecision.RecordAndSample) : _byRatio.ShouldSample(samplingParameters);
        }
    }
}
