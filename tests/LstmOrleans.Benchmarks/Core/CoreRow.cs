using System.Globalization;
using System.Text.Json.Serialization;
using LstmOrleans.Numerics;

namespace LstmOrleans.Benchmarks.Core;

/// <summary>One measured case; I is always H/2.</summary>
internal sealed record CoreRow(CoreGroup Group, int Hidden, int Batch = 1, int Steps = 1)
{
    public int Directions { get; init; } = 1;

    public int Layers { get; init; } = 1;

    public int Projection { get; init; }

    public int Threads { get; init; } = 1;

    public WeightPrecision Precision { get; init; }

    /// <summary>A batch this large needs no weights from outside the nearest cache for most of its work: only FLOP count.</summary>
    private const int ComputeBoundBatch = 16;

    /// <summary>Found by <c>--filter</c>.</summary>
    public string Name => string.Create(CultureInfo.InvariantCulture,
        $"{Group.ToString().ToLowerInvariant()} H{Hidden} B{Batch} T{Steps} D{Directions} L{Layers} P{Projection} {Precision.ToString().ToLowerInvariant()} threads{Threads}");

    [JsonIgnore]
    public bool IsLoneStep => Steps == 1 && Batch == 1;

    [JsonIgnore]
    public LstmShape Shape => new()
    {
        InputSize = Hidden / 2, HiddenSize = Hidden, NumLayers = Layers, Bidirectional = Directions == 2, ProjSize = Projection,
    };

    /// <summary>Floating-point operations of one call: two for each weight and row.</summary>
    [JsonIgnore]
    public double Flop => 2.0 * WeightCount() * Batch * Steps;

    /// <summary>Gate activations of one call, counted in hidden units.</summary>
    [JsonIgnore]
    public double Units => (double)Batch * Steps * Layers * Directions * Hidden;

    /// <summary>
    /// What is read from memory again and again, and how often. A step reads all weights once. A sequence of few rows reads one layer's recurrent weights
    /// at every time step (the input's part of all steps could be one product, so it is left to the FLOP term); one of many rows is bound by FLOP.
    /// </summary>
    [JsonIgnore]
    public (long Bytes, long Times) Reads
    {
        get
        {
            int size = Precision == WeightPrecision.BFloat16 ? sizeof(ushort) : sizeof(float);
            if (Steps == 1)
                return (WeightCount() * size, 1);
            var shape = Shape;
            long recurrent = (4L * Hidden * shape.StateSize) + ((long)Projection * Hidden);
            return Batch >= ComputeBoundBatch ? (0, 0) : (recurrent * size, (long)Steps * Layers * Directions);
        }
    }

    private long WeightCount()
    {
        var shape = Shape;
        long count = 0;
        for (int layer = 0; layer < Layers; layer++)
            count += (4L * Hidden * (shape.LayerInputSize(layer) + shape.StateSize)) + ((long)Projection * Hidden);
        return count * Directions;
    }
}

/// <summary>The tables of the report.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<CoreGroup>))]
internal enum CoreGroup
{
    Lone,
    Batch,
    Sequence,
    Threads,
    Layers,
}
