using LstmOrleans.Silo.Streams;

namespace LstmOrleans.Cluster.Tests.Protocol;

/// <summary>Gives nothing out twice: every record has arrays of its own for ever.</summary>
internal sealed class ForgetfulPool : StepArraysPool
{
    public override void Give(StepArrays arrays)
    {
    }
}
