namespace LstmOrleans.Numerics.Tests;

public class LstmShapeWarningsTests
{
    private static readonly LstmShape Single = new() { InputSize = 2, HiddenSize = 3, Dropout = 0.2 };

    [Fact]
    public void DropoutInOneLayer_IsToldWithItsValue()
    {
        string warning = Assert.Single(Single.Warnings);
        Assert.StartsWith("dropout is 0.2 and num_layers is 1;", warning, StringComparison.Ordinal);
        Assert.DoesNotContain(warning, char.IsControl);
        Assert.Same(Single, Single.Validate());
    }

    [Fact]
    public void DropoutBetweenLayers_OrNone_IsFine()
    {
        Assert.Empty((Single with { NumLayers = 2 }).Warnings);
        Assert.Empty((Single with { Dropout = 0 }).Warnings);
    }

    [Fact]
    public void Warnings_AreNoPartOfEquality() => Assert.Equal(Single, new LstmShape { InputSize = 2, HiddenSize = 3, Dropout = 0.2 });
}
