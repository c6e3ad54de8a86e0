using LstmOrleans.Numerics;

namespace LstmOrleans.NumericsChild;

/// <summary>
/// The listed cases: each path and each option once, sizes beside every lane width. They are what a NumericsVersion means in bits, and their
/// checksum is pinned in the tests; a new case goes to the end of the list, and the old ones keep their lines.
/// </summary>
internal static class BitCases
{
    public static IReadOnlyList<BitCase> All { get; } =
    [
        new("one_unit", 1, new LstmShape { InputSize = 1, HiddenSize = 1 }) { MicroBatches = 3 },
        new("lane_minus_one", 2, new LstmShape { InputSize = 3, HiddenSize = 15 }),
        new("lane", 3, new LstmShape { InputSize = 8, HiddenSize = 16, BatchFirst = true }),
        new("lane_plus_one", 4, new LstmShape { InputSize = 5, HiddenSize = 17, Bias = false }),
        new("stacked", 5, new LstmShape { InputSize = 7, HiddenSize = 33, NumLayers = 3 }) { Threads = 2 },
        new("projection", 6, new LstmShape { InputSize = 9, HiddenSize = 31, NumLayers = 2, ProjSize = 5 }) { MicroBatches = 4 },
        new("bidirectional", 7, new LstmShape { InputSize = 6, HiddenSize = 19, NumLayers = 2, Bidirectional = true, BatchFirst = true }),
        new("lengths", 8, new LstmShape { InputSize = 4, HiddenSize = 13 }) { Batch = 9, Steps = 8, WithLengths = true },
        new("lengths_bidirectional_projection", 9, new LstmShape { InputSize = 4, HiddenSize = 21, NumLayers = 2, Bidirectional = true, ProjSize = 6 })
        {
            Batch = 7, Steps = 8, WithLengths = true, Threads = 2,
        },
        new("head", 10, Small) { HeadSize = 3, MicroBatches = 2 },
        new("head_sigmoid", 11, Small) { HeadSize = 17, Activation = HeadActivation.Sigmoid },
        new("head_tanh", 12, Small) { HeadSize = 5, Activation = HeadActivation.Tanh },
        new("head_relu", 13, Small with { Bidirectional = true }) { HeadSize = 4, Activation = HeadActivation.Relu },
        new("scaling", 14, Small) { Scaled = true, MicroBatches = 5 },
        new("bfloat16", 15, new LstmShape { InputSize = 10, HiddenSize = 39, NumLayers = 2, ProjSize = 12 })
        {
            Precision = WeightPrecision.BFloat16, HeadSize = 3, Scaled = true, MicroBatches = 9,
        },
        new("bfloat16_bidirectional", 16, new LstmShape { InputSize = 6, HiddenSize = 20, Bidirectional = true }) { Precision = WeightPrecision.BFloat16 },
        new("micro_batches", 17, new LstmShape { InputSize = 9, HiddenSize = 37, NumLayers = 2, ProjSize = 11 }) { Batch = 0, MicroBatches = 70 },
        new("many_rows", 18, new LstmShape { InputSize = 5, HiddenSize = 18 }) { Batch = 67, Steps = 3 },
        new("long", 19, new LstmShape { InputSize = 2, HiddenSize = 12 }) { Batch = 1, Steps = 300 },
        new("wide", 20, new LstmShape { InputSize = 70, HiddenSize = 130 }) { Batch = 2, Steps = 2, MicroBatches = 2 },
        new("saturated", 21, new LstmShape { InputSize = 8, HiddenSize = 23, NumLayers = 2 }) { WeightScale = 8, InputScale = 32, CellScale = 1 << 20, MicroBatches = 3 },
        new("tiny", 22, new LstmShape { InputSize = 8, HiddenSize = 23 }) { WeightScale = 1f / (1 << 30), InputScale = 1f / (1 << 30), CellScale = 1f / (1 << 30) },
    ];

    private static LstmShape Small => new() { InputSize = 5, HiddenSize = 11, NumLayers = 1 };
}
