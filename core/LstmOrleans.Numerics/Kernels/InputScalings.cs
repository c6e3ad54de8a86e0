using System.Numerics.Tensors;

namespace LstmOrleans.Numerics.Kernels;

/// <summary>(x - mean) * inverse_scale: two roundings, in this order.</summary>
internal static class InputScalings
{
    /// <summary>Scales one event, or copies it where a model has no scaling.</summary>
    public static void Apply(InputScaling? scaling, ReadOnlySpan<float> x, Span<float> destination)
    {
        if (scaling == null)
        {
            x.CopyTo(destination);
            return;
        }

        TensorPrimitives.Subtract(x, scaling.Mean, destination);
        TensorPrimitives.Multiply(destination, scaling.InverseScale, destination);
    }
}
