using LstmOrleans.Silo.Streams;

namespace LstmOrleans.Cluster.Tests.Protocol;

/// <summary>Overwrites what is given back, so that whoever still looks at it is found out.</summary>
internal sealed class SpoilingPool : StepArraysPool
{
    /// <summary>How often something was given back.</summary>
    public int Given { get; private set; }

    public override void Give(StepArrays arrays)
    {
        Given++;
        arrays.State.H.AsSpan().Fill(float.NaN);
        arrays.State.C.AsSpan().Fill(float.NaN);
        arrays.Kept.AsSpan().Fill(0xee);
        base.Give(arrays);
    }
}
