using System.Buffers.Binary;
using System.Runtime.InteropServices;
using LstmOrleans.Contracts.Streams;
using LstmOrleans.Numerics;

namespace LstmOrleans.Silo.Streams;

/// <summary>What a call does to a stream: the answer, and the record that must be on disk before it is given.</summary>
/// <param name="Answer">To be given when <paramref name="Next"/> is durable, or at once where nothing is to be written.</param>
/// <param name="Next">The stream after the call; the same object as before if nothing changed.</param>
/// <param name="MustWrite">Whether steps were applied. A larger confirmed position alone is kept in memory and never written for itself.</param>
internal readonly record struct StepOutcome(StepAnswer Answer, StreamRecord Next, bool MustWrite);

/// <summary>The protocol of exactly once by position, as a function without I/O: (record, model, request) to outcome.</summary>
/// <remarks>
/// A stream stands at position p. A call brings inputs for positions first .. first + k - 1 and is checked whole before anything is
/// computed; a refused call changes nothing. Then, position by position:
/// <code>
///   confirmed              p        first + k - 1
///   ----|------------------|--------------|---
///   Duplicate,  kept: same input -> the    new: applied in order
///   no answer   same answer; another ->
///               Conflict (nothing applied)
/// </code>
/// A call without a session that names no confirmed position confirms what lies before its first: its sender has seen those answers, or has given
/// them up. One that names it is taken at its word: who waits for answers to be final has sent beyond what it has stored.
/// Whether an input is the one that was applied is told by the running hash kept beside each answer.
/// </remarks>
internal static class StreamStep
{
    /// <param name="record">The stream.</param>
    /// <param name="model">Its model.</param>
    /// <param name="request">The call.</param>
    /// <param name="now">Unix milliseconds.</param>
    /// <param name="durable">What an answer says is on disk; null = all of it, because it waits for that.</param>
    /// <param name="into">Arrays for the next record, which has them if it must be written; null = new ones.</param>
    public static StepOutcome Apply(StreamRecord record, LstmModel model, StepRequest request, long now, long? durable = null, StepArrays? into = null)
    {
        if (Refuse(record, model, request) is { } refusal)
            return new StepOutcome(refusal, record, false);

        long first = request.FirstPosition ?? record.Position + 1, last = first + request.Count - 1;
        // Answers can only be confirmed that were given.
        long confirmed = Math.Max(record.Confirmed, Math.Min(request.Confirmed ?? (request.Session == null ? first - 1 : 0), record.Position));
        if (Recheck(record, confirmed, request, first) is { } conflict)
            return new StepOutcome(conflict, record, false);

        long unconfirmed = Math.Max(last, record.Position) - confirmed;
        if (unconfirmed > record.WindowAnswers || unconfirmed * record.AnswerSize * sizeof(float) > record.WindowBytes)
        {
            return new StepOutcome(Refusal(record, StreamStatus.WindowFull,
                $"{unconfirmed} answers would be unconfirmed; the window holds {WindowOf(record)}. Confirm what is stored (confirmed = {confirmed} now), then send again."), record, false);
        }

        // Records are large: one copy for each call, whether it confirms, advances or both.
        var next = record;
        if (last > record.Position)
        {
            next = Advance(record, confirmed, model, request, first, now, into ?? new(model.Shape), out string problem);
            if (problem.Length > 0)
                return new StepOutcome(Refusal(record, StreamStatus.Invalid, problem), record, false);
        }
        else if (confirmed > record.Confirmed)
        {
            next = record with { Confirmed = confirmed, ConfirmedHistory = HistoryAt(record, confirmed), Kept = KeptBehind(record, confirmed) };
        }

        return new StepOutcome(Answer(next, first, last, durable), next, last > record.Position);
    }

    /// <summary>A refused call's answer: it carries where the stream stands.</summary>
    public static StepAnswer Refusal(StreamRecord record, StreamStatus status, string detail) => new()
    {
        Status = status,
        Incarnation = record.Incarnation,
        Position = record.Position,
        DurablePosition = record.Position,
        History = record.History,
        Detail = detail,
    };

    private static StepAnswer? Refuse(StreamRecord record, LstmModel model, StepRequest request)
    {
        if (record.Closed)
            return Refusal(record, StreamStatus.Closed, $"Stream '{request.Key}' was closed at position {record.Position}.");
        if (request.Incarnation is { } incarnation && incarnation != record.Incarnation)
        {
            return Refusal(record, StreamStatus.StaleIncarnation,
                $"The call is for incarnation {incarnation:x16}; stream '{request.Key}' has {record.Incarnation:x16} since it was opened anew. Look at it (lstm stream show) and start over from there.");
        }

        if (request.Incarnation == null && record.Options.HasFlag(StreamOptions.IncarnationRequired))
            return Refusal(record, StreamStatus.StaleIncarnation, $"Stream '{request.Key}' was reset, reopened or imported; calls without a session must name its incarnation.");
        if ((request.Session ?? 0) != record.OpenSession)
        {
            return Refusal(record, StreamStatus.Fenced, record.OpenSession != 0
                ? $"Another session holds stream '{request.Key}'. End it, or open a session that replaces it."
                : $"Session {request.Session:x16} is not open on stream '{request.Key}'.");
        }

        int inputBytes = model.Shape.InputSize * sizeof(float);
        if (request.Count < 1 || request.Inputs.Length != (long)request.Count * inputBytes)
        {
            double features = request.Count < 1 ? 0 : request.Inputs.Length / (double)(request.Count * sizeof(float));
            return Refusal(record, StreamStatus.Invalid,
                $"{request.Count} inputs came in {request.Inputs.Length} bytes ({features:0.##} features each); stream '{request.Key}' uses a model with I = {model.Shape.InputSize}, so send k >= 1 inputs of {inputBytes} bytes.");
        }

        if (request.Count > record.WindowAnswers || (long)request.Count * record.AnswerSize * sizeof(float) > record.WindowBytes)
            return Refusal(record, StreamStatus.TooLarge, $"{request.Count} inputs in one call; the window holds {WindowOf(record)}. Split the call.");
        if (request.FirstPosition is { } first && (first < 1 || first > long.MaxValue - request.Count))
            return Refusal(record, StreamStatus.Invalid, $"The first position is {first}; positions are 1, 2, 3 ...");
        if (request.FirstPosition > record.Position + 1)
            return Refusal(record, StreamStatus.Gap, $"The call begins at position {request.FirstPosition}; stream '{request.Key}' stands at {record.Position}. Send from {record.Position + 1}.");
        if (request.Confirmed is { } confirmed && (confirmed < 0 || confirmed > record.Position))
            return Refusal(record, StreamStatus.Invalid, $"confirmed is {confirmed}; only answered positions can be confirmed, and stream '{request.Key}' stands at {record.Position}.");
        return record.Options.HasFlag(StreamOptions.AllowNonFinite) ? null : RefuseNonFinite(record, model, request);
    }

    private static StepAnswer? RefuseNonFinite(StreamRecord record, LstmModel model, StepRequest request)
    {
        var values = MemoryMarshal.Cast<byte, float>(request.Inputs.Span);
        int index = LstmModel.FirstNonFinite(values);
        if (index < 0)
            return null;
        int feature = index % model.Shape.InputSize;
        string name = model.FeatureNames.Count > feature ? $" ('{model.FeatureNames[feature]}')" : "";
        return Refusal(record, StreamStatus.Invalid,
            $"Feature {feature}{name} of input {index / model.Shape.InputSize} is {values[index]}; a state it reached would never heal. Send finite numbers, or open the stream with AllowNonFinite.");
    }

    /// <summary>The kept answers that a higher confirmed position leaves.</summary>
    private static ReadOnlyMemory<byte> KeptBehind(StreamRecord record, long confirmed) =>
        record.Kept[(int)((confirmed - record.Confirmed) * record.KeptEntrySize)..];

    /// <summary>Compares repeated inputs with what was applied.</summary>
    private static StepAnswer? Recheck(StreamRecord record, long confirmed, StepRequest request, long first)
    {
        int inputBytes = request.Inputs.Length / request.Count;
        long last = Math.Min(record.Position, first + request.Count - 1);
        for (long position = Math.Max(first, confirmed + 1); position <= last; position++)
        {
            var input = request.Inputs.Span.Slice((int)(position - first) * inputBytes, inputBytes);
            if (StreamHistory.Append(HistoryAt(record, position - 1), input) != HistoryAt(record, position))
            {
                return Refusal(record, StreamStatus.Conflict,
                    $"Position {position} of stream '{request.Key}' was applied with another input than the one sent now. Two producers, or a producer that lost its place: resume from position {record.Position}.");
            }
        }

        return null;
    }

    private static StreamRecord Advance(StreamRecord record, long confirmed, LstmModel model, StepRequest request, long first, long now, StepArrays into, out string problem)
    {
        problem = "";
        long last = first + request.Count - 1;
        int applied = (int)(last - record.Position), skipped = request.Count - applied, entry = record.KeptEntrySize;
        var state = into.State;
        if (record.H.Length != state.H.Length || record.C.Length != state.C.Length)
            throw new ArgumentException($"The record has {record.H.Length} and {record.C.Length} floats of (h, c); its model's shape demands {state.H.Length} and {state.C.Length}.", nameof(record));
        record.H.AsSpan().CopyTo(state.H);
        record.C.AsSpan().CopyTo(state.C);
        var still = KeptBehind(record, confirmed).Span;
        byte[] kept = into.KeptOf(still.Length + (applied * entry));
        still.CopyTo(kept);
        ulong history = record.History;
        bool answerOutput = record.Options.HasFlag(StreamOptions.AnswerOutput);
        int features = model.Shape.InputSize;
        Span<float> output = model.Shape.OutputSize <= 1024 ? stackalloc float[model.Shape.OutputSize] : new float[model.Shape.OutputSize];
        for (int index = 0; index < applied; index++)
        {
            var input = request.Inputs.Span.Slice((skipped + index) * features * sizeof(float), features * sizeof(float));
            try
            {
                model.Step(MemoryMarshal.Cast<byte, float>(input), state, output, record.Options.HasFlag(StreamOptions.AllowNonFinite));
            }
            catch (NonFiniteException)
            {
                problem = $"The step to position {record.Position + index + 1} would leave a state that is not finite, and such a state never heals. Check the input's scale, or open the stream with AllowNonFinite.";
                return record;
            }

            var slot = kept.AsSpan(still.Length + (index * entry), entry);
            var answer = MemoryMarshal.Cast<byte, float>(slot[sizeof(ulong)..]);
            if (answerOutput)
                output.CopyTo(answer);
            else
                model.Answer(output, answer);
            history = StreamHistory.Append(history, input);
            BinaryPrimitives.WriteUInt64LittleEndian(slot, history);
        }

        return record with
        {
            Confirmed = confirmed,
            ConfirmedHistory = HistoryAt(record, confirmed),
            Position = last,
            History = history,
            LastEventTime = now,
            H = state.H,
            C = state.C,
            Kept = kept,
        };
    }

    private static StepAnswer Answer(StreamRecord record, long first, long last, long? durable)
    {
        long from = Math.Max(first, record.Confirmed + 1);
        var status = from > first ? StreamStatus.Duplicate : StreamStatus.Ok;
        if (from > last)
            return Refusal(record, status, $"Positions {first} to {last} were applied and confirmed before; their answers are no longer kept.");
        int size = record.AnswerSize * sizeof(float), entry = record.KeptEntrySize;
        // A copy also of a single answer: the record's bytes are used again, and an answer is serialised when it likes.
        byte[] answers = new byte[(last - from + 1) * size];
        for (long position = from; position <= last; position++)
        {
            record.Kept.Span.Slice(((int)(position - record.Confirmed - 1) * entry) + sizeof(ulong), size)
                .CopyTo(answers.AsSpan((int)(position - from) * size));
        }

        return new StepAnswer
        {
            Status = status,
            Incarnation = record.Incarnation,
            Position = last,
            DurablePosition = durable ?? record.Position,
            History = HistoryAt(record, last),
            Answers = answers,
            Detail = status == StreamStatus.Ok ? "" : $"Positions {first} to {from - 1} were applied and confirmed before; their answers are no longer kept.",
        };
    }

    /// <summary>The history at a position from confirmed to p.</summary>
    private static ulong HistoryAt(StreamRecord record, long position) => position == record.Confirmed
        ? record.ConfirmedHistory
        : BinaryPrimitives.ReadUInt64LittleEndian(record.Kept.Span[((int)(position - record.Confirmed - 1) * record.KeptEntrySize)..]);

    private static string WindowOf(StreamRecord record) => $"{record.WindowAnswers} answers and {record.WindowBytes} bytes";
}
