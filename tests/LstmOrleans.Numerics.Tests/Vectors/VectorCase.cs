using LstmOrleans.Numerics.ModelFile;

namespace LstmOrleans.Numerics.Tests.Vectors;

/// <summary>One case computed by libtorch: a model, an input, and what <c>torch.nn.LSTM</c> made of it.</summary>
/// <param name="Name">File name without its ending, for example <c>08_projection</c>.</param>
/// <param name="Batch">B.</param>
/// <param name="Steps">T; with <paramref name="Lengths"/> the longest.</param>
/// <param name="Parameters">The model; without scaling and head.</param>
/// <param name="X">(T, B, I), or (B, T, I) with batch_first.</param>
/// <param name="H0">(L*D, B, K).</param>
/// <param name="C0">(L*D, B, H).</param>
/// <param name="Output">(T, B, D*K), or (B, T, D*K) with batch_first; 0 behind the end of a shorter sequence.</param>
/// <param name="Hn">(L*D, B, K).</param>
/// <param name="Cn">(L*D, B, H).</param>
/// <param name="Lengths">(B), descending; null = every sequence has T steps.</param>
public sealed record VectorCase(
    string Name,
    int Batch,
    int Steps,
    LstmParameters Parameters,
    float[] X,
    float[] H0,
    float[] C0,
    float[] Output,
    float[] Hn,
    float[] Cn,
    int[]? Lengths)
{
    private const string Ending = ".safetensors";

    public LstmShape Shape => Parameters.Shape;

    private static string Folder => Path.Combine(AppContext.BaseDirectory, "Vectors");

    /// <summary>Names of all cases, in order; fit for <c>[MemberData]</c> after wrapping.</summary>
    public static IReadOnlyList<string> Names { get; } =
        [.. Directory.GetFiles(Folder, "*" + Ending).Select(path => Path.GetFileNameWithoutExtension(path)).Order(StringComparer.Ordinal)];

    public static IEnumerable<VectorCase> All() => Names.Select(Load);

    public static VectorCase Load(string name)
    {
        var file = LoadFile(name);
        var batchFirst = file.Metadata["batch_first"] == "true";
        var imported = StateDictImport.Import(file, new StateDictImportOptions { Prefix = "", BatchFirst = batchFirst });
        if (!file.TryGetTensor("x", out var x))
            throw new InvalidDataException($"Vector case '{name}' has no tensor 'x'.");
        return new VectorCase(
            name,
            Batch: (int)x.Shape[batchFirst ? 0 : 1],
            Steps: (int)x.Shape[batchFirst ? 1 : 0],
            imported.Parameters,
            file.ReadFloats("x"),
            file.ReadFloats("h0"),
            file.ReadFloats("c0"),
            file.ReadFloats("output"),
            file.ReadFloats("h_n"),
            file.ReadFloats("c_n"),
            file.TryGetTensor("lengths", out _) ? [.. file.ReadInt64s("lengths").Select(length => checked((int)length))] : null);
    }

    /// <summary>The file behind a case, with the sizes in its metadata.</summary>
    internal static SafetensorsFile LoadFile(string name) => SafetensorsFile.Load(Path.Combine(Folder, name + Ending));

    public override string ToString() => Name;
}
