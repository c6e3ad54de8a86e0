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
