using System.Runtime.InteropServices;
using LstmOrleans.Client;
using LstmOrleans.Contracts.Batch;
using LstmOrleans.Contracts.Models;
using LstmOrleans.Contracts.Streams;
using LstmOrleans.Rows;

namespace LstmOrleans.Cli.Forward;

/// <summary>Whole sequences through a model, in as few calls as the server's limit allows.</summary>
/// <remarks>
/// Sequences are put together in the order of their appearance until a call is full. One that is too long for a call is cut along T
/// where the model has one direction: h_n and c_n of a part are h_0 and c_0 of the next, and the bits are those of one call.
/// </remarks>
internal sealed class ForwardRun
{
    // Well below the server's limit of 64 MB, so that neither its memory nor ours is filled by one call.
    private const int MostFloats = 4 << 20;

    // h_n and c_n come back too, (L * D, B, H) each, and only B is in our hands.
    private const int MostSequences = 128;

    // Of a model whose sizes are not known here.
    private const int UnknownOutputSize = 4096;

    private readonly LstmClient _client;
    private readonly string _model;
    private readonly StreamOptions _options;
    private readonly bool _oneDirection;
    private readonly int _floatsPerStep;
    private readonly int _mostFloats;

    /// <param name="client">The cluster.</param>
    /// <param name="model">Name or hash.</param>
    /// <param name="answerOutput">Answer the output even where the model has a head.</param>
    /// <param name="oneDirection">Whether long sequences may be cut.</param>
    /// <param name="floatsPerStep">What <see cref="FloatsPerStep"/> gives.</param>
    /// <param name="mostFloats">Floats of one call, in either direction.</param>
    public ForwardRun(LstmClient client, string model, bool answerOutput, bool oneDirection, int floatsPerStep, int mostFloats = MostFloats)
    {
        _mostFloats = mostFloats;
        (_client, _model, _oneDirection, _floatsPerStep) = (client, model, oneDirection, Math.Max(1, floatsPerStep));
        _options = answerOutput ? StreamOptions.AnswerOutput : StreamOptions.None;
    }

    /// <summary>What the server counts for a step: its input, its output (which is made even where only an answer goes out), its
    /// answer, whichever is the largest.</summary>
    public static int FloatsPerStep(int inputSize, ModelView? model) => model is { Problem: "" }
        ? Math.Max(inputSize, Math.Max(model.AnswerSize, model.OutputSize))
        : Math.Max(inputSize, UnknownOutputSize);

    /// <summary>Computes all sequences and gives their answers as CSV, piece by piece, in their order.</summary>
    public async Task WriteAsync(IReadOnlyList<Sequence> sequences, Stream output, CancellationToken cancellation)
    {
        var text = new AnswerText();
        var hasHeader = false;
        foreach (var group in Groups(sequences))
        {
            ReadOnlyMemory<byte> h = default, c = default;
            var steps = group.Max(sequence => sequence.Rows.Count);
            var part = _oneDirection && group.Count == 1 ? Math.Max(1, _mostFloats / _floatsPerStep) : steps;
            for (var from = 0; from < steps; from += part)
            {
                var block = new SequenceBlock(group, from, Math.Min(part, steps - from));
                var answer = await _client.ForwardAsync(Request(block, h, c), cancellation).ConfigureAwait(false);
                (h, c) = (answer.HN, answer.CN);
                text.Clear();
                if (!hasHeader)
                    text.Header("sequence,step", answer.AnswerSize);
                hasHeader = true;
                Write(text, block, answer);
                await output.WriteAsync(text.Bytes.ToArray(), cancellation).ConfigureAwait(false);
            }
        }
    }

    private IEnumerable<IReadOnlyList<Sequence>> Groups(IReadOnlyList<Sequence> sequences)
    {
        var group = new List<Sequence>();
        var longest = 0;
        foreach (var sequence in sequences)
        {
            longest = Math.Max(longest, sequence.Rows.Count);
            var isFull = group.Count == MostSequences || (long)(group.Count + 1) * longest * _floatsPerStep > _mostFloats;
            if (group.Count > 0 && isFull)
            {
                yield return group;
                group = [];
                longest = sequence.Rows.Count;
            }

            group.Add(sequence);
        }

        if (group.Count > 0)
            yield return group;
    }

    private ForwardRequest Request(SequenceBlock block, ReadOnlyMemory<byte> h, ReadOnlyMemory<byte> c)
    {
        int[] lengths = [.. Enumerable.Range(0, block.Sequences.Count).Select(block.LengthOf)];
        return new ForwardRequest
        {
            Model = _model,
            Batch = block.Sequences.Count,
            Steps = block.Steps,
            BatchFirst = true,
            Inputs = LstmClient.ToBytes(block.Inputs(block.Sequences[0].Rows[0].Length)),
            Lengths = MemoryMarshal.AsBytes(lengths.AsSpan()).ToArray(),
            H0 = h,
            C0 = c,
            Options = _options,
        };
    }

    private static void Write(AnswerText text, SequenceBlock block, ForwardAnswer answer)
    {
        var answers = MemoryMarshal.Cast<byte, float>(answer.Answers.Span);
        for (var sequence = 0; sequence < block.Sequences.Count; sequence++)
        {
            for (var step = 0; step < block.LengthOf(sequence); step++)
            {
                text.Field(block.Sequences[sequence].Name);
                text.Row(block.From + step + 1, answers.Slice(((sequence * block.Steps) + step) * answer.AnswerSize, answer.AnswerSize));
            }
        }
    }
}
