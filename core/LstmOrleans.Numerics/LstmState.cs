namespace LstmOrleans.Numerics;

/// <summary>One stream's hidden and cell state (h, c) for a model of one direction.</summary>
public sealed class LstmState
{
    /// <summary>A state of zeros.</summary>
    public LstmState(LstmShape shape)
    {
        ArgumentNullException.ThrowIfNull(shape);
        H = new float[shape.HiddenLength];
        C = new float[shape.CellLength];
    }

    /// <summary>h, (L * D, P or H), layer by layer.</summary>
    public float[] H { get; }

    /// <summary>c, (L * D, H), layer by layer.</summary>
    public float[] C { get; }

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
