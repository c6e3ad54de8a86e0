using System.Globalization;
using System.Runtime.InteropServices;
using LstmOrleans.Client;
using LstmOrleans.Contracts.Batch;
using LstmOrleans.Contracts.Streams;
using LstmOrleans.Demo.Inputs;
using LstmOrleans.Demo.Store;

namespace LstmOrleans.Demo.Playing;

/// <summary>Compares what the streams answered, step by step, through every restart, with one full-sequence forward of each stream: bit for bit.</summary>
internal sealed class FullSequenceProof
{
    private readonly LstmClient _client;
    private readonly ForecasterModel _model;
    private readonly DemoDatabase _database;

    public FullSequenceProof(LstmClient client, ForecasterModel model, DemoDatabase database) => (_client, _model, _database) = (client, model, database);

    /// <summary>Proves all streams.</summary>
    /// <returns>Answers compared.</returns>
    /// <exception cref="DemoException">Two bits differ; the message names stream and row.</exception>
    public async Task<long> Run(IReadOnlyList<PlayedStream> streams, IReadOnlyList<StoredStream> stored, CancellationToken cancellation)
    {
        long answers = 0;
        // Rows differ in number from stream to stream in general, so each is a batch of one; two at a time keep two cores busy.
        var running = new Queue<Task<long>>();
        for (int index = 0; index < streams.Count; index++)
        {
            running.Enqueue(Prove(streams[index], stored[index], _database.ReadAnswers(stored[index].Id), cancellation));
            if (running.Count >= Environment.ProcessorCount)
                answers += await running.Dequeue();
        }

        while (running.Count > 0)
            answers += await running.Dequeue();
        return answers;
    }

    private async Task<long> Prove(PlayedStream stream, StoredStream stored, byte[] stepByStep, CancellationToken cancellation)
    {
        int rows = stream.Values.Length;
        byte[] inputs = stream.AllInputs();
        var request = new ForwardRequest { Model = _model.Hash.ToString(), Batch = 1, Steps = rows, BatchFirst = true, Inputs = inputs };
        var whole = await _client.ForwardAsync(request, cancellation);
        var view = await _client.ShowAsync(stream.Name, cancellation);
        if (view.Status != StreamStatus.Ok || view.Incarnation != stored.Incarnation || view.Position != rows)
        {
            throw Different(stream, rows,
                $"the stream is {view.Status} at position {view.Position} of incarnation {view.Incarnation:x16}; it should be at {rows} of {stored.Incarnation:x16}");
        }

        if (view.History != History(inputs))
            throw Different(stream, rows, "the stream was fed other inputs than the recording's");

        RequireEqual(stream, stepByStep, whole.Answers.Span, whole.AnswerSize);
        if (!view.H.Span.SequenceEqual(whole.HN.Span))
            throw Different(stream, rows, "the stream's h is not h_n");
        if (!view.C.Span.SequenceEqual(whole.CN.Span))
            throw Different(stream, rows, "the stream's c is not c_n");
        return rows;
    }

    private static void RequireEqual(PlayedStream stream, ReadOnlySpan<byte> stepByStep, ReadOnlySpan<byte> whole, int answerSize)
    {
        int same = stepByStep.CommonPrefixLength(whole);
        if (same == stepByStep.Length && same == whole.Length)
            return;
        int row = same / (answerSize * sizeof(float)) + 1, number = same / sizeof(float);
        if ((number + 1) * sizeof(float) > Math.Min(stepByStep.Length, whole.Length))
            throw Different(stream, row, $"{stepByStep.Length} bytes of answers are stored; one full-sequence forward gives {whole.Length}");
        float one = MemoryMarshal.Cast<byte, float>(stepByStep)[number], other = MemoryMarshal.Cast<byte, float>(whole)[number];
        throw Different(stream, row, string.Create(CultureInfo.InvariantCulture,
            $"step by step answered {Bits(one)} at index {number % answerSize}, one full-sequence forward {Bits(other)}"));

        static string Bits(float value) => string.Create(CultureInfo.InvariantCulture, $"{value:R} ({BitConverter.SingleToUInt32Bits(value):x8})");
    }

    private static ulong History(ReadOnlySpan<byte> inputs)
    {
        const int row = Forecasting.StreamFeatures.InputSize * sizeof(float);
        ulong history = StreamHistory.Empty;
        for (int offset = 0; offset < inputs.Length; offset += row)
            history = StreamHistory.Append(history, inputs.Slice(offset, row));
        return history;
    }

    private static DemoException Different(PlayedStream stream, int row, string what) =>
        new($"NOT THE SAME: stream '{stream.Name}', row {row}: {what}. This is a bug; keep the data folder and report it.");
}
