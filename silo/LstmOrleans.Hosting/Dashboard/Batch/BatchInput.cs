using LstmOrleans.Numerics.Numpy;
using LstmOrleans.Rows;

namespace LstmOrleans.Hosting.Dashboard.Batch;

/// <summary>Sequences of one file, padded to one length.</summary>
/// <param name="Names">Name of each sequence; one empty name where the file is a single sequence.</param>
/// <param name="Lengths">Steps of each.</param>
/// <param name="Steps">T: the longest.</param>
/// <param name="Values">(B, T, I), 0 behind a sequence's end.</param>
/// <param name="IsOne">Whether the file is one sequence, so that results have no B either.</param>
internal sealed record BatchInput(IReadOnlyList<string> Names, int[] Lengths, int Steps, float[] Values, bool IsOne)
{
    /// <summary>Most floats of inputs or of outputs, padding counted: 64 MB, as much as one answer of a batch forward carries.</summary>
    public const int MostFloats = 16 << 20;

    private static ReadOnlySpan<byte> Numpy => [0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y'];

    /// <summary>Reads a <c>.npy</c> file, told by its first bytes or its name, or a CSV.</summary>
    /// <exception cref="BatchException">The file, or what is asked of it, breaks a rule.</exception>
    public static async Task<BatchInput> ReadAsync(BatchRequest request, CancellationToken cancellation)
    {
        try
        {
            return request.Bytes.AsSpan().StartsWith(Numpy) || request.File.EndsWith(".npy", StringComparison.OrdinalIgnoreCase)
                ? OfNumpy(request)
                : await OfCsvAsync(request, cancellation);
        }
        catch (Exception broken) when (broken is NumpyFileException or RowException)
        {
            throw new BatchException(broken.Message);
        }
    }

    private static BatchInput OfNumpy(BatchRequest request)
    {
        var array = NumpyFile.Read(request.Bytes, MostFloats);
        var shape = array.Shape;
        int inputSize = request.Model.Shape.InputSize;
        if (shape.Count is not (2 or 3) || shape[^1] != inputSize || shape.Contains(0))
        {
            throw new BatchException(
                $"The array has shape ({string.Join(", ", shape)}); model '{request.ModelName}' takes (T, {inputSize}) for one sequence or (B, T, {inputSize}) for several, none of them 0. Save it in one of these shapes.");
        }

        int batch = shape.Count == 3 ? shape[0] : 1, steps = shape[^2];
        RequireRoom(request, batch, steps);
        return new BatchInput(shape.Count == 2 ? [""] : [.. Enumerable.Range(0, batch).Select(sequence => FormattableString.Invariant($"{sequence}"))],
            [.. Enumerable.Repeat(steps, batch)], steps, array.Values, shape.Count == 2);
    }

    private static async Task<BatchInput> OfCsvAsync(BatchRequest request, CancellationToken cancellation)
    {
        using var source = RowSource.Of(request.File, request.Bytes);
        var reader = await RowReader.OpenAsync(source, new RowSpec
        {
            Columns = request.Columns,
            FeatureNames = request.Model.FeatureNames,
            InputSize = request.Model.Shape.InputSize,
            Model = $"model '{request.ModelName}'",
            SequenceColumn = request.SequenceColumn,
            NameColumns = "Name them under 'Columns', separated by commas.",
        }, 0, 0, cancellation);
        var sequences = await Sequence.ReadAllAsync(reader, cancellation);
        if (sequences.Count == 0)
            throw new BatchException($"{request.File} has no rows; a sequence has at least one. Add rows below its header.");
        int[] lengths = [.. sequences.Select(sequence => sequence.Rows.Count)];
        int steps = lengths.Max(), inputSize = request.Model.Shape.InputSize;
        RequireRoom(request, sequences.Count, steps);
        float[] values = new float[sequences.Count * steps * inputSize];
        for (int sequence = 0; sequence < sequences.Count; sequence++)
        {
            for (int step = 0; step < lengths[sequence]; step++)
                sequences[sequence].Rows[step].CopyTo(values, ((sequence * steps) + step) * inputSize);
        }

        return new BatchInput([.. sequences.Select(sequence => sequence.Name)], lengths, steps, values, request.SequenceColumn == null);
    }

    // Before anything of that size is made: one long sequence among many short ones pads them all.
    private static void RequireRoom(BatchRequest request, int batch, int steps)
    {
        int widest = Math.Max(request.Model.Shape.InputSize, Math.Max(request.Model.Shape.OutputSize, request.Model.AnswerSize));
        if ((long)batch * steps > MostFloats / widest)
        {
            throw new BatchException(
                $"{batch} sequences of up to {steps} steps, {widest} numbers each, make {(long)batch * steps * widest} numbers; at most {MostFloats} are run at once. Give fewer or shorter sequences, or run the file with lstm forward.");
        }
    }
}
