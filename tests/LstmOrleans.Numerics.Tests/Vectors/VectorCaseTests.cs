using System.Globalization;

namespace LstmOrleans.Numerics.Tests.Vectors;

public sealed class VectorCaseTests
{
    public static TheoryData<string> Names => [.. VectorCase.Names];

    [Fact]
    public void Names_AllVectors_AreNineteen() => Assert.Equal(19, VectorCase.Names.Count);

    [Theory]
    [MemberData(nameof(Names))]
    public void Load_EveryCase_DerivesTheSizesInItsMetadata(string name)
    {
        var metadata = VectorCase.LoadFile(name).Metadata;

        var shape = VectorCase.Load(name).Shape;

        Assert.Equal(int.Parse(metadata["input_size"], CultureInfo.InvariantCulture), shape.InputSize);
        Assert.Equal(int.Parse(metadata["hidden_size"], CultureInfo.InvariantCulture), shape.HiddenSize);
        Assert.Equal(int.Parse(metadata["num_layers"], CultureInfo.InvariantCulture), shape.NumLayers);
        Assert.Equal(int.Parse(metadata["proj_size"], CultureInfo.InvariantCulture), shape.ProjSize);
        Assert.Equal(bool.Parse(metadata["bias"]), shape.Bias);
        Assert.Equal(bool.Parse(metadata["bidirectional"]), shape.Bidirectional);
        Assert.Equal(bool.Parse(metadata["batch_first"]), shape.BatchFirst);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Load_EveryCase_HasArraysOfItsShape(string name)
    {
        var vector = VectorCase.Load(name);
        var shape = vector.Shape;

        Assert.Equal(vector.Batch * vector.Steps * shape.InputSize, vector.X.Length);
        Assert.Equal(vector.Batch * vector.Steps * shape.OutputSize, vector.Output.Length);
        Assert.Equal(vector.Batch * shape.HiddenLength, vector.H0.Length);
        Assert.Equal(vector.Batch * shape.HiddenLength, vector.Hn.Length);
        Assert.Equal(vector.Batch * shape.CellLength, vector.C0.Length);
        Assert.Equal(vector.Batch * shape.CellLength, vector.Cn.Length);
        if (vector.Lengths is { } lengths)
        {
            Assert.Equal(vector.Batch, lengths.Length);
            Assert.Equal(vector.Steps, lengths.Max());
        }
    }
}
