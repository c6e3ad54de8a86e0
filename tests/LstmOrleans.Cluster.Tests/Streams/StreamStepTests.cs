using System.Runtime.InteropServices;
using CsCheck;
using LstmOrleans.Contracts.Streams;
using LstmOrleans.Numerics;
using LstmOrleans.Silo.Streams;

namespace LstmOrleans.Cluster.Tests.Streams;

/// <summary>The protocol without I/O: every rule once, and as a law over random histories of calls.</summary>
public class StreamStepTests
{
    private const ulong Incarnation = 7;
    private static readonly LstmModel Model = new(TestModels.Small());
    private readonly List<(float[] Input, byte[] Answer)> _applied = [];
    private StreamRecord _record = NewRecord();

    [Fact]
    public void NextInputs_AreAppliedInOrder()
    {
        var answer = Send(1, 3);
        Assert.Equal((StreamStatus.Ok, 3L, 3L), (answer.Status, answer.Position, answer.DurablePosition));
        Assert.Equal(3 * 2 * sizeof(float), answer.Answers.Length);
        AssertEqualsForward(3);
    }

    [Fact]
    public void RepeatOfUnconfirmedInputs_GivesTheSameAnswers_AndWritesNothing()
    {
        var first = Send(1, 4);
        var outcome = StreamStep.Apply(_record, Model, Request(1, Inputs(1, 4)), 0);
        Assert.False(outcome.MustWrite);
        Assert.Equal(first, outcome.Answer with { Answers = first.Answers });
        Assert.True(first.Answers.Span.SequenceEqual(outcome.Answer.Answers.Span));
    }

    [Fact]
    public void RepeatedPrefix_IsNotAppliedAgain_AndTheRestIs()
    {
        Send(1, 4);
        var answer = Send(3, 4);
        Assert.Equal((StreamStatus.Ok, 6L), (answer.Status, answer.Position));
        AssertEqualsForward(6);
    }

    [Fact]
    public void RepeatWithAnotherInput_IsConflict_AndChangesNothing()
    {
        Send(1, 3);
        float[] wrong = Inputs(2, 3);
        wrong[0] += 1;
        AssertRefused(Request(2, wrong), StreamStatus.Conflict, "Position 2");
    }

    [Fact]
    public void RepeatWithNegativeZeroForZero_IsConflict()
    {
        Apply(Request(1, [0f, 0f, 0f]));
        AssertRefused(Request(1, [-0f, 0f, 0f]), StreamStatus.Conflict, "Position 1");
    }

    [Fact]
    public void ConfirmedInputs_AreDuplicate_WithoutAnswers()
    {
        Send(1, 4);
        Send(5, 1); // without a session: confirms 1 to 4
        var answer = Apply(Request(3, Inputs(3, 2)));
        Assert.Equal((StreamStatus.Duplicate, 5L, 0), (answer.Status, answer.Position, answer.Answers.Length));
    }

    // A producer that waits until answers are final sends on before it has stored them; killed, it asks for them again.
    [Fact]
    public void CallWithoutASession_ThatNamesWhatIsStored_LeavesTheOtherAnswersKept()
    {
        Apply(Request(1, Inputs(1, 1)) with { Confirmed = 0 });
        Apply(Request(2, Inputs(2, 1)) with { Confirmed = 0 });
        Apply(Request(3, Inputs(3, 1)) with { Confirmed = 1 });
        var answer = Apply(Request(2, Inputs(2, 2)) with { Confirmed = 1 });
        Assert.Equal((StreamStatus.Ok, 3L, 2 * 2 * sizeof(float)), (answer.Status, answer.Position, answer.Answers.Length));
        Assert.Equal(1, _record.Confirmed);
    }

    [Fact]
    public void ConfirmedPrefix_GivesTheAnswersOfTheRest()
    {
        Send(1, 4);
        Send(5, 1);
        var answer = Apply(Request(4, Inputs(4, 4)));
        Assert.Equal((StreamStatus.Duplicate, 7L, 3 * 2 * sizeof(float)), (answer.Status, answer.Position, answer.Answers.Length));
        Assert.Equal(7, _record.Position);
    }

    [Fact]
    public void Gap_TellsWhereTheStreamStands()
    {
        Send(1, 2);
        var refusal = AssertRefused(Request(4, Inputs(4, 1)), StreamStatus.Gap, "Send from 3");
        Assert.Equal(2, refusal.Position);
    }

    [Fact]
    public void AbsentFirstPosition_MeansNext()
    {
        Send(1, 2);
        var answer = Apply(Request(null, Inputs(3, 1)));
        Assert.Equal((StreamStatus.Ok, 3L), (answer.Status, answer.Position));
    }

    [Fact]
    public void AnotherIncarnation_IsStale() =>
        AssertRefused(Request(1, Inputs(1, 1)) with { Incarnation = 8 }, StreamStatus.StaleIncarnation, "0000000000000007");

    [Fact]
    public void MissingIncarnation_AfterReset_IsStale()
    {
        _record = _record with { Options = StreamOptions.IncarnationRequired };
        AssertRefused(Request(1, Inputs(1, 1)) with { Incarnation = null }, StreamStatus.StaleIncarnation, "must name its incarnation");
    }

    [Fact]
    public void CallOfASessionThatIsNotOpen_IsFenced() =>
        AssertRefused(Request(1, Inputs(1, 1)) with { Session = 5 }, StreamStatus.Fenced, "not open");

    [Fact]
    public void CallWithoutSession_WhileOneIsOpen_IsFenced()
    {
        _record = _record with { Session = 5, Options = _record.Options | StreamOptions.SessionOpen };
        AssertRefused(Request(1, Inputs(1, 1)), StreamStatus.Fenced, "Another session");
    }

    [Fact]
    public void MoreThanTheWindow_IsTooLarge() => AssertRefused(Request(1, Inputs(1, 9)), StreamStatus.TooLarge, "Split");

    [Fact]
    public void MoreUnconfirmedThanTheWindow_IsWindowFull()
    {
        _record = _record with { Session = 5, Options = _record.Options | StreamOptions.SessionOpen };
        Apply(Request(1, Inputs(1, 8)) with { Session = 5, Confirmed = 0 });
        AssertRefused(Request(9, Inputs(9, 1)) with { Session = 5, Confirmed = 0 }, StreamStatus.WindowFull, "Confirm");
        Assert.Equal(StreamStatus.Ok, Apply(Request(9, Inputs(9, 1)) with { Session = 5, Confirmed = 1 }).Status);
    }

    [Fact]
    public void WindowInBytes_IsKeptToo()
    {
        _record = _record with { WindowBytes = 3 * 2 * sizeof(float) };
        AssertRefused(Request(1, Inputs(1, 4)), StreamStatus.TooLarge, "24 bytes");
    }

    [Fact]
    public void ConfirmingAnUnansweredPosition_IsInvalid() =>
        AssertRefused(Request(1, Inputs(1, 1)) with { Confirmed = 1 }, StreamStatus.Invalid, "only answered positions");

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(long.MaxValue)]
    public void ImpossiblePositions_AreInvalidOrGap(long first)
    {
        var answer = Apply(Request(first, Inputs(1, 1)));
        Assert.Contains(answer.Status, new[] { StreamStatus.Invalid, StreamStatus.Gap });
        Assert.Equal(0, _record.Position);
    }

    [Fact]
    public void WrongFeatureCount_NamesBoth() =>
        AssertRefused(new StepRequest { Key = "s", Count = 1, Inputs = new byte[4 * 4] }, StreamStatus.Invalid, "4 features each); stream 's' uses a model with I = 3");

    [Fact]
    public void NonFiniteInput_NamesFeatureAndIndex() =>
        AssertRefused(Request(1, [1, 2, 3, 4, float.NaN, 6]), StreamStatus.Invalid, "Feature 1 ('b') of input 1 is NaN");

    [Fact]
    public void NonFiniteInput_IsLetThrough_WhereTheStreamAllowsIt()
    {
        _record = _record with { Options = StreamOptions.AllowNonFinite };
        Assert.Equal(StreamStatus.Ok, Apply(Request(1, [1, float.NaN, 3])).Status);
        Assert.Contains(_record.H, float.IsNaN);
    }

    [Fact]
    public void StateThatWouldNotBeFinite_IsRefused_AndNothingChanges()
    {
        // c grows by about 1 a step from the largest float on only if i*g pushes it over; start one step away from infinity.
        _record = _record with { C = [.. _record.C.Select(_ => float.PositiveInfinity)] };
        AssertRefused(Request(1, Inputs(1, 1)), StreamStatus.Invalid, "position 1 would leave a state that is not finite");
    }

    [Fact]
    public void ClosedStream_AnswersClosed_WithItsLastPosition()
    {
        Send(1, 2);
        _record = _record with { Closed = true };
        Assert.Equal(2, AssertRefused(Request(3, Inputs(3, 1)), StreamStatus.Closed, "closed at position 2").Position);
    }

    [Fact]
    public void AnyHistoryOfCalls_AppliesEveryInputOnce_AndKeepsItsAnswers() =>
        (from calls in (from first in Gen.Int[-3, 4] from count in Gen.Int[1, 8] from lost in Gen.Bool from confirm in Gen.Int[0, 3] select (first, count, lost, confirm)).Array[1, 30]
         select calls).Sample(calls =>
        {
            var test = new StreamStepTests();
            foreach (var (offset, count, lost, confirm) in calls)
            {
                // offset: relative to the next position; lost: the write fails, the copy is dropped.
                long first = Math.Max(1, test._record.Position + 1 + offset);
                long? confirmed = confirm == 0 ? null : Math.Max(0, test._record.Position - confirm);
                var request = Request(first, Inputs(first, count)) with { Confirmed = confirmed };
                var before = test._record;
                var outcome = StreamStep.Apply(before, Model, request, 0);
                if (first > before.Position + 1)
                    Assert.Equal(StreamStatus.Gap, outcome.Answer.Status);
                if (outcome.MustWrite && lost)
                    continue;
                // The record survives its own bytes at every point of every history.
                test._record = StreamRecordFormat.Read("s", StreamRecordFormat.Write("s", outcome.Next));
                test.Remember(request, outcome.Answer);
            }

            test.AssertEqualsForward(test._record.Position);
        }, iter: 500);

    private static StreamRecord NewRecord() => new()
    {
        NumericsVersion = NumericsVersion.Current,
        ModelHash = new byte[32],
        AnswerSize = Model.AnswerSize,
        WindowAnswers = 8,
        WindowBytes = 1024,
        Incarnation = Incarnation,
        H = new float[Model.Shape.HiddenLength],
        C = new float[Model.Shape.CellLength],
    };

    /// <summary>The inputs of positions first .. first + count - 1: always the same for a position.</summary>
    private static float[] Inputs(long first, int count) =>
        [.. Enumerable.Range(0, count * 3).Select(index => MathF.Sin((first * 3) + index))];

    private static StepRequest Request(long? first, float[] inputs) => new()
    {
        Key = "s",
        Incarnation = Incarnation,
        FirstPosition = first,
        Count = inputs.Length / 3,
        Inputs = MemoryMarshal.AsBytes(inputs.AsSpan()).ToArray(),
    };

    private StepAnswer Send(long first, int count) => Apply(Request(first, Inputs(first, count)));

    private StepAnswer Apply(StepRequest request)
    {
        var outcome = StreamStep.Apply(_record, Model, request, 0);
        _record = outcome.Next;
        Remember(request, outcome.Answer);
        return outcome.Answer;
    }

    /// <summary>Collects the answers by position and asserts that none ever changes.</summary>
    private void Remember(StepRequest request, StepAnswer answer)
    {
        int size = Model.AnswerSize * sizeof(float), count = answer.Answers.Length / size;
        for (int index = 0; index < count; index++)
        {
            int position = (int)answer.Position - count + index + 1, input = request.Count - count + index;
            byte[] bytes = answer.Answers.Slice(index * size, size).ToArray();
            if (position <= _applied.Count)
            {
                Assert.Equal(_applied[position - 1].Answer, bytes);
                continue;
            }

            Assert.Equal(_applied.Count + 1, position);
            _applied.Add((MemoryMarshal.Cast<byte, float>(request.Inputs.Span.Slice(input * 12, 12)).ToArray(), bytes));
        }
    }

    private StepAnswer AssertRefused(StepRequest request, StreamStatus status, string detail)
    {
        var before = _record;
        var outcome = StreamStep.Apply(_record, Model, request, 0);
        Assert.Equal(status, outcome.Answer.Status);
        Assert.Contains(detail, outcome.Answer.Detail, StringComparison.Ordinal);
        Assert.Same(before, outcome.Next);
        Assert.False(outcome.MustWrite);
        Assert.True(outcome.Answer.Answers.IsEmpty);
        return outcome.Answer;
    }

    /// <summary>Everything applied equals one full-sequence forward of the inputs, bit for bit.</summary>
    private void AssertEqualsForward(long position)
    {
        Assert.Equal(position, _record.Position);
        Assert.Equal(position, _applied.Count);
        if (position == 0)
            return;
        float[] x = [.. _applied.SelectMany(step => step.Input)];
        float[] output = new float[position * 5], h = new float[10], c = new float[10], answer = new float[2];
        Model.Forward(x, 1, (int)position, [], true, output, h, c);
        for (int step = 0; step < position; step++)
        {
            Model.Answer(output.AsSpan(step * 5, 5), answer);
            Assert.Equal(MemoryMarshal.AsBytes(answer.AsSpan()).ToArray(), _applied[step].Answer);
        }

        Assert.Equal(h, _record.H);
        Assert.Equal(c, _record.C);
    }
}
