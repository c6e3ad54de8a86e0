namespace LstmOrleans.Numerics;

/// <summary>How a model's weight matrices are stored and read by the kernels. Part of the model file and so of its hash, never a setting of a process.</summary>
/// <remarks>Biases, scaling, states, sums and answers are float32 in both.</remarks>
[System.Diagnostics.CodeAnalysis.SuppressMessage("Naming", "CA1720", Justification = "The names that PyTorch and safetensors use.")]
public enum WeightPrecision
{
    /// <summary>IEEE 754 single precision.</summary>
    Float32,

    /// <summary>The upper 16 bits of a float32 (8 bits of exponent, 7 of fraction); widened exactly in the kernel. Half the memory traffic of a step.</summary>
    BFloat16,
}

/// <summary>The names of precisions, as PyTorch, model files and the command line spell them.</summary>
public static class WeightPrecisionNames
{
    /// <summary><c>float32</c> or <c>bfloat16</c>.</summary>
    public static string Name(this WeightPrecision precision) => precision switch
    {
        WeightPrecision.Float32 => "float32",
        WeightPrecision.BFloat16 => "bfloat16",
        _ => throw new ArgumentOutOfRangeException(nameof(precision), precision, $"Unknown weight precision {precision}."),
    };

    /// <summary>All names.</summary>
    public static IReadOnlyList<string> All { get; } = [.. Enum.GetValues<WeightPrecision>().Select(Name)];

    /// <summary>Finds a precision by its exact name.</summary>
    public static bool TryParse(string? name, out WeightPrecision precision)
    {
        foreach (var candidate in Enum.GetValues<WeightPrecision>())
        {
            precision = candidate;
            if (Name(candidate) == name)
                return true;
        }

        precision = default;
        return false;
    }
}
