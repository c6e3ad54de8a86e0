namespace LstmOrleans.Numerics.Tests.ModelFile;

/// <summary>A folder of its own that goes away with the test.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("lstm-orleans-tests-").FullName;

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
