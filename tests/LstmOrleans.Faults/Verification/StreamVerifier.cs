using System.Runtime.InteropServices;
using LstmOrleans.Contracts.Streams;
using LstmOrleans.Faults.Producers;
using LstmOrleans.Numerics;

namespace LstmOrleans.Faults.Verification;

/// <summary>Compares a stream, and everything that was told of it, with an offline forward of its events, bit for bit.</summary>
internal sealed class StreamVerifier(ProducerContext context, LstmModel model)
{
    private const int Chunk = 1_024;
    private static readonly TimeSpan ShowDeadline = TimeSpan.FromSeconds(60), BehindDeadline = TimeSpan.FromSeconds(10);

    public async Task<StreamVerdict> VerifyAsync(int stream, CancellationToken cancellation)
    {
        var (ledger, events) = (context.Ledgers[stream], context.Events(stream));
        // Nobody sends to a stream whose producers have ended: it stays where it stands.
        long expected = ledger.Broken == null ? ledger.Sent : 0;
        if (await ShowAsync(events.Key, expected, cancellation) is not { } view)
            return new StreamVerdict { Lost = ledger.HighestAcknowledged, Problem = $"stream {stream} could not be read at the end" };

        var offline = Forward(ledger, events, view.DurablePosition);
        bool equal = view.History == offline.History && view.H.Span.SequenceEqual(MemoryMarshal.AsBytes(offline.H.AsSpan())) && view.C.Span.SequenceEqual(MemoryMarshal.AsBytes(offline.C.AsSpan()));
        var (missing, stored) = CompareStored(stream, ledger, offline.Answers);
        var verdict = new StreamVerdict
        {
            Lost = Math.Max(ledger.Lost, Math.Max(0, Math.Max(ledger.HighestAcknowledged, ledger.DurableTold) - view.DurablePosition)) + ledger.LostAnswers + missing,
            Doubled = ledger.Doubled + Math.Max(0, view.Position - ledger.Sent),
            Different = ledger.Different + offline.Different + stored + (equal ? 0 : 1),
            Unanswered = Math.Max(0, ledger.Sent - ledger.Acknowledged),
        };
        return verdict with { Problem = Describe(stream, verdict, ledger, view, equal) };
    }

    private static string? Describe(int stream, StreamVerdict verdict, StreamLedger ledger, StreamView view, bool equal) =>
        verdict == new StreamVerdict() && ledger.Broken == null
            ? null
            : $"stream {stream} stands at {view.Position}; sent {ledger.Sent}, acknowledged {ledger.Acknowledged}"
                + (equal ? "" : "; (h, c, history) differ from the offline forward")
                + (ledger.LostAnswers > 0 ? $"; {ledger.LostAnswers} answers were never told" : "")
                + (verdict.Different > 0 ? $"; {verdict.Different} different" : "")
                + (ledger.Broken == null ? "" : $"; {ledger.Broken}");

    /// <summary>One full-sequence forward of positions 1 to p, in pieces that carry (h, c); compares each told answer on the way.</summary>
    private Offline Forward(StreamLedger ledger, StreamEvents events, long position)
    {
        float[] h = new float[model.Shape.HiddenLength], c = new float[model.Shape.CellLength];
        float[] output = new float[Chunk * model.Shape.OutputSize], answer = new float[FaultModel.AnswerSize];
        uint[] answers = new uint[checked((int)position * FaultModel.AnswerSize)];
        ulong history = StreamHistory.Empty;
        long different = 0;
        for (long done = 0; done < position;)
        {
            int steps = (int)Math.Min(Chunk, position - done);
            float[] inputs = events.Inputs(done + 1, steps);
            model.Forward(inputs, 1, steps, [], true, output.AsSpan(0, steps * model.Shape.OutputSize), h, c);
            for (int step = 0; step < steps; step++)
            {
                history = StreamHistory.Append(history, MemoryMarshal.AsBytes(inputs.AsSpan(step * FaultModel.InputSize, FaultModel.InputSize)));
                model.Answer(output.AsSpan(step * model.Shape.OutputSize, model.Shape.OutputSize), answer);
                var bits = MemoryMarshal.Cast<float, uint>(answer);
                bits.CopyTo(answers.AsSpan((int)(done + step) * FaultModel.AnswerSize));
                var told = ledger.Answer(done + step + 1);
                if (told.Length > 0 && !bits.SequenceEqual(told))
                    different++;
            }

            done += steps;
        }

        return new Offline(h, c, history, answers, different);
    }

    /// <summary>The application's own outputs: each position once, and the bits of the offline forward.</summary>
    private (long Missing, long Different) CompareStored(int stream, StreamLedger ledger, uint[] answers)
    {
        if (!ProducerContext.HasSession(stream))
            return (0, 0);
        long missing = 0, different = 0, expected = 1;
        foreach (var (position, answer) in context.Outputs.Read(stream))
        {
            missing += position - expected;
            expected = position + 1;
            int at = (int)(position - 1) * FaultModel.AnswerSize;
            if (at + FaultModel.AnswerSize > answers.Length || !MemoryMarshal.Cast<byte, uint>(answer).SequenceEqual(answers.AsSpan(at, FaultModel.AnswerSize)))
                different++;
        }

        return (missing + Math.Max(0, ledger.Acknowledged - (expected - 1)), different);
    }

    private async Task<StreamView?> ShowAsync(string key, long expected, CancellationToken cancellation)
    {
        for (long start = Environment.TickCount64; Environment.TickCount64 - start < ShowDeadline.TotalMilliseconds;)
        {
            try
            {
                var view = await context.Connection.Stream(key).Show().WaitAsync(TimeSpan.FromSeconds(5), cancellation);
                // A Checkpointed stream writes behind.
                bool behind = view.Mode == StreamMode.Checkpointed && view.DurablePosition < expected && Environment.TickCount64 - start < BehindDeadline.TotalMilliseconds;
                if (!view.Status.IsRetryable() && !behind)
                    return view.Status == StreamStatus.Ok ? view : null;
            }
            catch (Exception exception) when (exception is not OperationCanceledException)
            {
                // The cluster may still be mending.
            }

            await Task.Delay(200, cancellation);
        }

        return null;
    }

    private sealed record Offline(float[] H, float[] C, ulong History, uint[] Answers, long Different);
}
