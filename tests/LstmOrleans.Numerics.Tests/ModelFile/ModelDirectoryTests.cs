using LstmOrleans.Numerics.ModelFile;

namespace LstmOrleans.Numerics.Tests.ModelFile;

public sealed class ModelDirectoryTests : IDisposable
{
    private static readonly LstmParameters Parameters = Tests.RandomModels.Create(new LstmShape { InputSize = 2, HiddenSize = 3 }, 1);
    private readonly string _folder = Directory.CreateTempSubdirectory("lstm-models-").FullName;

    private ModelDirectory Models => new(_folder);

    [Fact]
    public void Added_IsFoundByNameAndHash()
    {
        var hash = Models.Add(Parameters, "pump");
        Assert.True(Models.TryResolve("pump", out var byName));
        Assert.True(Models.TryResolve(hash.ToString(), out var byHash));
        Assert.Equal((hash, hash), (byName, byHash));
        Assert.Equal([("pump", hash)], Models.Names());
        Assert.Equal(Parameters.Layers[0].WeightIh, Models.Load(hash).Layers[0].WeightIh);
    }

    [Fact]
    public void Name_CanBeMoved_AndTheOldModelStays()
    {
        var first = Models.Add(Parameters, "pump");
        var second = Models.Add(Tests.RandomModels.Create(Parameters.Shape, 2), "pump");
        Models.TryResolve("pump", out var now);
        Assert.Equal(second, now);
        Assert.NotNull(Models.Load(first));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(200)]
    public void DamagedFile_IsNamed_AndRepairedByAddingItAgain(int length)
    {
        var hash = Models.Add(Parameters, "pump");
        string file = Path.Combine(_folder, hash + ".safetensors");
        File.WriteAllBytes(file, File.ReadAllBytes(file)[..length]);
        var error = Assert.Throws<ModelFileException>(() => Models.Load(hash));
        Assert.Contains(file, error.Message, StringComparison.Ordinal);
        Models.Add(Parameters, "pump");
        Assert.NotNull(Models.Load(hash));
    }

    [Fact]
    public void FileUnderAnotherHash_IsRefused()
    {
        var hash = Models.Add(Parameters, "pump");
        var other = ModelHash.Of("other"u8);
        File.Copy(Path.Combine(_folder, hash + ".safetensors"), Path.Combine(_folder, other + ".safetensors"));
        Assert.Contains(other.ToString(), Assert.Throws<ModelFileException>(() => Models.Load(other)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("..")]
    [InlineData("../up")]
    [InlineData("a/b")]
    [InlineData("-x")]
    [InlineData("x.tmp")]
    [InlineData("a\nb")]
    public void BadName_IsRefused_AndNothingIsThere(string name)
    {
        Assert.Throws<ArgumentException>(() => Models.Add(Parameters, name));
        Assert.False(Models.TryResolve(name, out _));
        Assert.Empty(Models.Names());
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
