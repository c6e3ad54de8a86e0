using LstmOrleans.Numerics.Numpy;
using LstmOrleans.Rows;

namespace LstmOrleans.Hosting.Dashboard.Batch;

/// <summary>What a batch forward has answered.</summary>
/// <param name="Input">What it was asked.</param>
/// <param name="InputSize">I.</param>
/// <param name="AnswerSize">A.</param>
/// <param name="Answers">(B, T, A), 0 behind a sequence's end.</param>
internal sealed record BatchResult(BatchInput Input, int InputSize, int AnswerSize, float[] Answers)
{
    private const int MostSequences = 8, MostLines = 6, MostPoints = 1000;

    /// <summary>The form that <c>lstm forward</c> writes: sequence, step, y0, y1, ...</summary>
    public byte[] ToCsv()
    {
        var text = new AnswerText();
        text.Header("sequence,step", AnswerSize);
        for (int sequence = 0; sequence < Input.Names.Count; sequence++)
        {
            for (int step = 0; step < Input.Lengths[sequence]; step++)
            {
                text.Field(Input.Names[sequence]);
                text.Row(step + 1, Answers.AsSpan(((sequence * Input.Steps) + step) * AnswerSize, AnswerSize));
            }
        }

        return text.Bytes.ToArray();
    }

    /// <summary>(T, A) of one sequence, (B, T, A) of several.</summary>
    public byte[] ToNumpy() => NumpyFile.Write(Input.IsOne ? [Input.Steps, AnswerSize] : [Input.Names.Count, Input.Steps, AnswerSize], Answers);

    /// <summary>The first sequences, drawn: of a long one every n-th step.</summary>
    public IReadOnlyList<BatchDrawing> Draw() => [.. Enumerable.Range(0, Math.Min(Input.Names.Count, MostSequences)).Select(sequence =>
    {
        int length = Input.Lengths[sequence], every = (length + MostPoints - 1) / MostPoints;
        int[] steps = [.. Enumerable.Range(0, (length + every - 1) / every).Select(point => (point * every) + 1)];
        return new BatchDrawing(Input.Names[sequence], length, every, steps, Lines(Input.Values, InputSize, sequence, steps), Lines(Answers, AnswerSize, sequence, steps));
    })];

    private float[][] Lines(float[] values, int size, int sequence, int[] steps) =>
    [
        .. Enumerable.Range(0, Math.Min(size, MostLines)).Select(line => Array.ConvertAll(steps, step => values[(((sequence * Input.Steps) + step - 1) * size) + line])),
    ];
}
