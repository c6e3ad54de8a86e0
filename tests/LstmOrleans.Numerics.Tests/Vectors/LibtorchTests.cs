using LstmOrleans.Benchmarks.Vectors;

namespace LstmOrleans.Numerics.Tests.Vectors;

/// <summary>What libtorch computed, computed here: full sequences, and step by step where a stream could do it.</summary>
public class LibtorchTests
{
    public static TheoryData<string> Cases => [.. ShippedVectors.Names];

    [Fact]
    public void Names_AllVectors_AreNineteen() => Assert.Equal(19, ShippedVectors.Names.Count);

    [Theory, MemberData(nameof(Cases))]
    public void TensorsAndSteps_EqualLibtorch(string name) => Assert.Null(VectorCheck.Of(ShippedVectors.Load(name)).Failure);

    [Theory, MemberData(nameof(Cases))]
    public void Spans_EqualLibtorch(string name)
    {
        var test = ShippedVectors.Load(name);
        float[] output = new float[test.Output.Length], h = [.. test.H0], c = [.. test.C0];
        new LstmModel(test.Parameters).Forward(test.X, test.Batch, test.Steps, test.Lengths, test.Shape.BatchFirst, output, h, c);
        LstmAssert.Close(Doubles(test.Output), output, $"{name}: output");
        LstmAssert.Close(Doubles(test.Hn), h, $"{name}: h_n");
        LstmAssert.Close(Doubles(test.Cn), c, $"{name}: c_n");
    }

    private static double[] Doubles(float[] values) => Array.ConvertAll(values, value => (double)value);
}
