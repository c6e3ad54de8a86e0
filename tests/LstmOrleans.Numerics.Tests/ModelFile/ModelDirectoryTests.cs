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

    [Fact]
    public void Added_EveryFolderIsFlushed_TheModelBeforeItsName()
    {
        string above = Path.Combine(_folder, "new"), models = Path.Combine(above, "models"), names = Path.Combine(models, "names");
        var flushed = new List<(string Folder, string Entries)>();

        var hash = new ModelDirectory(models, Flush).Add(Parameters, "pump");

        Assert.Equal([(_folder, "new"), (above, "models"), (models, "names"), (models, $"{hash}.safetensors names"), (names, "pump")], flushed);

        // Somebody may have been killed after the rename and before this.
        flushed.Clear();
        new ModelDirectory(models, Flush).Add(Parameters, "valve");
        Assert.Equal([(models, $"{hash}.safetensors names"), (names, "pump valve")], flushed);

        void Flush(string folder) =>
            flushed.Add((folder, string.Join(' ', Directory.GetFileSystemEntries(folder).Select(Path.GetFileName).Order(StringComparer.Ordinal))));
    }

    [Fact]
    public void FolderOfTheModelCannotBeFlushed_TheNameStaysWhereItWas()
    {
        var first = Models.Add(Parameters, "pump");
        var failing = new ModelDirectory(_folder, folder => throw new IOException(folder));

        Assert.Throws<IOException>(() => failing.Add(Tests.RandomModels.Create(Parameters.Shape, 2), "pump"));

        Assert.Equal([("pump", first)], Models.Names());
    }

    [Fact]
    public void Flush_OfAFolder_WorksOrNamesIt()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no such call.");
        FolderSync.Flush(_folder);
        string missing = Path.Combine(_folder, "missing");
        Assert.Contains(missing, Assert.Throws<IOException>(() => FolderSync.Flush(missing)).Message, StringComparison.Ordinal);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
