using System.Globalization;
using LstmOrleans.Numerics;
using LstmOrleans.Numerics.ModelFile;

namespace LstmOrleans.Benchmarks.Vectors;

/// <summary>One case computed by libtorch: a model, an input, and what <c>torch.nn.LSTM</c> made of it.</summary>
/// <param name="Name">File name without its ending, for example <c>08_projection</c>.</param>
/// <param name="Unbatched">x and output have no B, h and c neither; <paramref name="Batch"/> is 1.</param>
/// <param name="Batch">B.</param>
/// <param name="Steps">T; with <paramref name="Lengths"/> the longest that x has place for.</param>
/// <param name="Parameters">The model; without scaling and head.</param>
/// <param name="X">(T, B, I), or (B, T, I) with batch_first.</param>
/// <param name="H0">(L*D, B, K); zeros where the file has none.</param>
/// <param name="C0">(L*D, B, H); zeros where the file has none.</param>
/// <param name="Output">(T, B, D*K), or (B, T, D*K) with batch_first; 0 behind the end of a shorter sequence.</param>
/// <param name="Hn">(L*D, B, K).</param>
/// <param name="Cn">(L*D, B, H).</param>
/// <param name="Lengths">(B), in any order; null = every sequence has T steps.</param>
internal sealed record VectorCase(
    string Name,
    bool Unbatched,
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
    public const string Ending = ".safetensors";

    public LstmShape Shape => Parameters.Shape;

    /// <summary>Reads a case and checks that its tensors and its metadata agree.</summary>
    /// <exception cref="ModelFileException">The file is not a case; one line says why.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static VectorCase Load(string path)
    {
        var file = SafetensorsFile.Parse(File.ReadAllBytes(path), Path.GetFileName(path));
        bool batchFirst = Truth(file, "batch_first", absent: false);
        var parameters = StateDictImport.Import(file, new StateDictImportOptions { Prefix = "", BatchFirst = batchFirst }).Parameters;
        var shape = parameters.Shape;
        RequireMetadata(file, shape);

        var (unbatched, batch, steps) = SizesOfX(file, shape);
        int layers = shape.NumLayers * shape.Directions;
        long[] x = Layout(shape.InputSize), output = Layout(shape.OutputSize);
        long[] h = unbatched ? [layers, shape.StateSize] : [layers, batch, shape.StateSize];
        long[] c = unbatched ? [layers, shape.HiddenSize] : [layers, batch, shape.HiddenSize];
        return new VectorCase(
            Path.GetFileNameWithoutExtension(path),
            unbatched,
            batch,
            steps,
            parameters,
            Values(file, "x", x),
            ValuesOrZeros(file, "h0", h),
            ValuesOrZeros(file, "c0", c),
            Values(file, "output", output),
            Values(file, "h_n", h),
            Values(file, "c_n", c),
            LengthsOf(file, batch, steps));

        long[] Layout(int size) => unbatched ? [steps, size] : batchFirst ? [batch, steps, size] : [steps, batch, size];
    }

    public override string ToString() => Name;

    /// <summary>What the header claims must be what the tensors are; an option that it leaves out has PyTorch's default.</summary>
    private static void RequireMetadata(SafetensorsFile file, LstmShape shape)
    {
        RequireSize("input_size", shape.InputSize, absent: null);
        RequireSize("hidden_size", shape.HiddenSize, absent: null);
        RequireSize("num_layers", shape.NumLayers, absent: "1");
        RequireSize("proj_size", shape.ProjSize, absent: "0");
        RequireTruth("bias", shape.Bias, absent: true);
        RequireTruth("bidirectional", shape.Bidirectional, absent: false);

        void RequireSize(string key, int derived, string? absent)
        {
            string text = file.Metadata.GetValueOrDefault(key) ?? absent ?? throw Broken(file, $"the metadata has no {key}; a case needs it.");
            if (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int claimed) || claimed != derived)
                throw Broken(file, $"the metadata says {key} = '{text}', but the tensors are of {key} = {derived}.");
        }

        void RequireTruth(string key, bool derived, bool absent)
        {
            if (Truth(file, key, absent) != derived)
                throw Broken(file, $"the metadata says {key} = '{!derived}', but the tensors are of {key} = {derived}.");
        }
    }

    private static bool Truth(SafetensorsFile file, string key, bool absent)
    {
        if (!file.Metadata.TryGetValue(key, out string? text))
            return absent;
        return bool.TryParse(text, out bool value) ? value : throw Broken(file, $"the metadata says {key} = '{text}'; it must be true or false.");
    }

    private static (bool Unbatched, int Batch, int Steps) SizesOfX(SafetensorsFile file, LstmShape shape)
    {
        var sizes = Find(file, "x").Shape;
        if (sizes.Length is not (2 or 3) || sizes[^1] != shape.InputSize)
        {
            string layout = shape.BatchFirst ? "(B, T, I)" : "(T, B, I)";
            throw Broken(file, $"x has shape {Text(sizes)}; it must be {layout} or (T, I), with I = {shape.InputSize}.");
        }

        bool unbatched = sizes.Length == 2;
        long batch = unbatched ? 1 : sizes[shape.BatchFirst ? 0 : 1], steps = sizes[unbatched || !shape.BatchFirst ? 0 : 1];
        if (batch is < 1 or > int.MaxValue || steps is < 1 or > int.MaxValue)
            throw Broken(file, $"x has shape {Text(sizes)}: B = {batch} and T = {steps}; both must be at least 1.");
        return (unbatched, (int)batch, (int)steps);
    }

    private static int[]? LengthsOf(SafetensorsFile file, int batch, int steps)
    {
        if (!file.TryGetTensor("lengths", out var tensor))
            return null;
        RequireShape(file, tensor, [batch]);
        long[] lengths = file.ReadInt64s("lengths");
        int wrong = Array.FindIndex(lengths, length => length < 1 || length > steps);
        return wrong < 0
            ? Array.ConvertAll(lengths, length => (int)length)
            : throw Broken(file, $"lengths[{wrong}] is {lengths[wrong]}; it must be from 1 to T = {steps}.");
    }

    private static float[] ValuesOrZeros(SafetensorsFile file, string name, long[] shape) => file.TryGetTensor(name, out _)
        ? Values(file, name, shape)
        : new float[shape.Aggregate(1L, (product, size) => checked(product * size))];

    private static float[] Values(SafetensorsFile file, string name, long[] shape)
    {
        RequireShape(file, Find(file, name), shape);
        return file.ReadFloats(name);
    }

    private static SafetensorsTensor Find(SafetensorsFile file, string name) =>
        file.TryGetTensor(name, out var tensor) ? tensor : throw Broken(file, $"tensor '{name}' is missing; a case needs it.");

    private static void RequireShape(SafetensorsFile file, SafetensorsTensor tensor, long[] shape)
    {
        if (!tensor.Shape.SequenceEqual(shape))
            throw Broken(file, $"{tensor.Name} has shape {Text(tensor.Shape)}; x and the parameters need {Text(shape)}.");
    }

    private static string Text(ReadOnlySpan<long> shape) => $"({string.Join(", ", shape.ToArray())})";

    private static ModelFileException Broken(SafetensorsFile file, string problem) => new($"{file.Source}: {problem}");
}
