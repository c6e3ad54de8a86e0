using System.Numerics.Tensors;

namespace LstmOrleans.Numerics;

/// <summary>One stream's hidden and cell state (h, c) for a model of one direction.</summary>
public sealed class LstmState
{
    /// <summary>A state of zeros.</summary>
    public LstmState(LstmShape shape)
    {
        ArgumentNullException.ThrowIfNull(shape);
        shape.Validate();
        H = new float[shape.HiddenLength];
        C = new float[shape.CellLength];
    }

    /// <summary>A state that takes arrays over.</summary>
    /// <param name="shape">The model's shape.</param>
    /// <param name="h">(L, P or H)</param>
    /// <param name="c">(L, H)</param>
    public LstmState(LstmShape shape, float[] h, float[] c)
    {
        ArgumentNullException.ThrowIfNull(shape);
        ArgumentNullException.ThrowIfNull(h);
        ArgumentNullException.ThrowIfNull(c);
        if (h.Length != shape.HiddenLength || c.Length != shape.CellLength)
            throw new ArgumentException($"(h, c) have {h.Length} and {c.Length} floats; the shape demands {shape.HiddenLength} and {shape.CellLength}. Give arrays of that length, or use new LstmState(shape) for zeros.", nameof(h));
        H = h;
        C = c;
    }

    /// <summary>h, (L * D, P or H), layer by layer.</summary>
    public float[] H { get; }

    /// <summary>c, (L * D, H), layer by layer.</summary>
    public float[] C { get; }

    /// <summary>Number of the last batch that this state was in; see <see cref="LstmModel.StepBatch(ReadOnlySpan{LstmState}, ReadOnlySpan{float}, Span{float}, bool)"/>.</summary>
    internal long LastBatch { get; set; }

    /// <summary>Whether no value is a NaN or an infinity.</summary>
    public bool IsFinite() => TensorPrimitives.IsFiniteAll<float>(H) && TensorPrimitives.IsFiniteAll<float>(C);

    /// <summary>Overwrites this state with another of the same shape.</summary>
    public void CopyFrom(LstmState other)
    {
        ArgumentNullException.ThrowIfNull(other);
        if (other.H.Length != H.Length || other.C.Length != C.Length)
        {
            throw new ArgumentException(
                $"The other state has {other.H.Length} + {other.C.Length} floats of (h, c); this one has {H.Length} + {C.Length}. Use states of one model.", nameof(other));
        }

        other.H.CopyTo(H, 0);
        other.C.CopyTo(C, 0);
    }
}
