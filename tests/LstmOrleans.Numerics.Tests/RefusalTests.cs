using System.Numerics.Tensors;

namespace LstmOrleans.Numerics.Tests;

/// <summary>What the public API refuses: each message names the value and the rule, and nothing is computed or written before.</summary>
public class RefusalTests
{
    private const float Untouched = 12345.678f;

    /// <summary>I 2, H 3: states of 3 + 3 floats, outputs of 3.</summary>
    private static readonly LstmShape Shape = new() { InputSize = 2, HiddenSize = 3 };

    private static readonly LstmModel Model = new(RandomModels.Create(Shape, 1, new LinearHead(new float[6], null, 2)));

    private static readonly Dictionary<string, (SpanCall Call, string[] Says)> SpanCalls = new()
    {
        ["features"] = (new SpanCall { X = 18 }, ["x has 18 floats", "6 rows of input_size = 2 need 12"]),
        ["x short"] = (new SpanCall { X = 11 }, ["x has 11 floats", "need 12"]),
        ["output short"] = (new SpanCall { Output = 17 }, ["output has 17 floats", "need 18"]),
        ["output long"] = (new SpanCall { Output = 19 }, ["output has 19 floats", "need 18"]),
        ["h short"] = (new SpanCall { H = 5 }, ["h has 5 floats", "need 6"]),
        ["c long"] = (new SpanCall { C = 9 }, ["c has 9 floats", "need 6"]),
        ["B = 0"] = (new SpanCall { Batch = 0 }, ["B = 0", "at least 1"]),
        ["B < 0"] = (new SpanCall { Batch = -2 }, ["B = -2", "at least 1"]),
        ["T = 0"] = (new SpanCall { Steps = 0 }, ["T = 0", "at least 1"]),
        ["T < 0"] = (new SpanCall { Steps = -3 }, ["T = -3", "at least 1"]),
        ["B * T * I over int"] = (new SpanCall { Batch = 1 << 15, Steps = 1 << 15 }, ["B = 32768", "T = 32768", "I = 2", "Split the batch"]),
        ["too few lengths"] = (new SpanCall { Lengths = [3] }, ["1 lengths", "B = 2", "one for each, or none"]),
        ["too many lengths"] = (new SpanCall { Lengths = [3, 2, 1] }, ["3 lengths", "B = 2", "one for each, or none"]),
        ["length 0"] = (new SpanCall { Lengths = [3, 0] }, ["lengths[1] is 0", "from 1 to T = 3"]),
        ["length < 0"] = (new SpanCall { Lengths = [-1, 3] }, ["lengths[0] is -1", "from 1 to T = 3"]),
        ["length > T"] = (new SpanCall { Lengths = [3, 4] }, ["lengths[1] is 4", "from 1 to T = 3"]),
    };

    private static readonly Dictionary<string, (nint[] X, nint[]? H0, nint[]? C0, int[] Lengths, string[] Says)> TensorCalls = new()
    {
        ["rank 1"] = ([12], null, null, [], ["x has 1 dimensions", "must have 3 (T, B, I) or 2 (T, I)"]),
        ["rank 4"] = ([1, 3, 2, 2], null, null, [], ["x has 4 dimensions", "must have 3 (T, B, I) or 2 (T, I)"]),
        ["features"] = ([3, 2, 5], null, null, [], ["x has 5 features", "input_size = 2"]),
        ["features unbatched"] = ([3, 1], null, null, [], ["x has 1 features", "input_size = 2"]),
        ["B = 0"] = ([3, 0, 2], null, null, [], ["B = 0", "at least 1"]),
        ["T = 0"] = ([0, 2, 2], null, null, [], ["T = 0", "at least 1"]),
        ["T = 0 unbatched"] = ([0, 2], null, null, [], ["T = 0", "at least 1"]),
        ["B of h0"] = ([3, 2, 2], [1, 1, 3], null, [], ["h0 has shape (1, 1, 3)", "need (1, 2, 3)"]),
        ["layers of h0"] = ([3, 2, 2], [2, 2, 3], null, [], ["h0 has shape (2, 2, 3)", "need (1, 2, 3)"]),
        ["h0 batch first"] = ([3, 2, 2], [2, 1, 3], null, [], ["h0 has shape (2, 1, 3)", "need (1, 2, 3)"]),
        ["h0 unbatched"] = ([3, 2, 2], [1, 3], null, [], ["h0 has shape (1, 3)", "need (1, 2, 3)"]),
        ["h0 batched"] = ([3, 2], [1, 1, 3], null, [], ["h0 has shape (1, 1, 3)", "need (1, 3)"]),
        ["size of c0"] = ([3, 2, 2], null, [1, 2, 4], [], ["c0 has shape (1, 2, 4)", "need (1, 2, 3)"]),
        ["number of lengths"] = ([3, 2, 2], null, null, [1, 2, 3], ["3 lengths", "B = 2"]),
        ["length 0"] = ([3, 2, 2], null, null, [0, 3], ["lengths[0] is 0", "from 1 to T = 3"]),
        ["length > T"] = ([3, 2, 2], null, null, [1, 4], ["lengths[1] is 4", "from 1 to T = 3"]),
    };

    public static TheoryData<string> SpanNames => [.. SpanCalls.Keys];

    public static TheoryData<string> TensorNames => [.. TensorCalls.Keys];

    [Fact]
    public void TheCallThatAllOthersBreak_IsAccepted() => new SpanCall().Run(new float[18], new float[6], new float[6]);

    [Theory, MemberData(nameof(SpanNames))]
    public void ForwardOverSpans_NamesValueAndRule_AndWritesNothing(string name)
    {
        var (call, says) = SpanCalls[name];
        float[] output = Filled(call.Output), h = Filled(call.H), c = Filled(call.C);
        var error = Assert.ThrowsAny<ArgumentException>(() => call.Run(output, h, c));
        AssertSays(says, error);
        AssertUntouched(output, h, c);
    }

    [Theory, MemberData(nameof(TensorNames))]
    public void ForwardOverTensors_NamesValueAndRule(string name)
    {
        var (x, h0, c0, lengths, says) = TensorCalls[name];
        var error = Assert.ThrowsAny<ArgumentException>(() => Model.Forward(Zeros(x)!, Zeros(h0), Zeros(c0), lengths));
        AssertSays(says, error);
    }

    [Fact]
    public void ForwardWithoutX_IsRefused() => Assert.Throws<ArgumentNullException>(() => Model.Forward(null!));

    [Theory]
    [InlineData(5, 6, 3, 3, "x has 5 floats", "2 rows of input_size = 2 need 4")]
    [InlineData(4, 5, 3, 3, "output has 5 floats", "2 rows of output size = 3 need 6")]
    [InlineData(4, 6, 3, 4, "3 + 4 floats", "this model's have 3 + 3. Make states with new LstmState(model.Shape)")]
    [InlineData(4, 6, 2, 3, "2 + 3 floats", "this model's have 3 + 3. Make states with new LstmState(model.Shape)")]
    public void StepBatch_NamesValueAndRule_AndWritesNothing(int xs, int outputs, int secondH, int secondC, string value, string rule)
    {
        var first = new LstmState(Shape, Filled(3), Filled(3));
        // A state of another model: its h and c are as long as that one's P and H.
        var other = Shape with { HiddenSize = secondC, ProjSize = secondH < secondC ? secondH : 0 };
        var second = new LstmState(other, Filled(other.HiddenLength), Filled(other.CellLength));
        float[] output = Filled(outputs);
        var error = Assert.ThrowsAny<ArgumentException>(() => Model.StepBatch([first, second], new float[xs], output));
        AssertSays([value, rule], error);
        AssertUntouched(output, first.H, first.C, second.H, second.C);
    }

    [Theory]
    [InlineData(2, 2, "output has 2 floats", "output size = 3")]
    [InlineData(3, 3, "answer has 3 floats", "answer size = 2")]
    public void Answer_NamesValueAndRule_AndWritesNothing(int outputs, int answers, string value, string rule)
    {
        float[] answer = Filled(answers);
        var error = Assert.ThrowsAny<ArgumentException>(() => Model.Answer(new float[outputs], answer));
        AssertSays([value, rule], error);
        AssertUntouched(answer);
    }

    private static Tensor<float>? Zeros(nint[]? shape) =>
        shape == null ? null : Tensor.Create(new float[shape.Aggregate((nint)1, (product, size) => product * size)], shape);

    private static float[] Filled(int count)
    {
        float[] values = new float[count];
        Array.Fill(values, Untouched);
        return values;
    }

    private static void AssertUntouched(params float[][] buffers) =>
        Assert.All(buffers, buffer => Assert.All(buffer, value => Assert.Equal(Untouched, value)));

    private static void AssertSays(string[] parts, Exception error) =>
        Assert.All(parts, part => Assert.Contains(part, error.Message, StringComparison.Ordinal));

    /// <summary>Forward over spans with B = 2, T = 3, all buffers of the right length unless told otherwise.</summary>
    private sealed record SpanCall
    {
        public int X { get; init; } = 12;

        public int Batch { get; init; } = 2;

        public int Steps { get; init; } = 3;

        public int[] Lengths { get; init; } = [];

        public int Output { get; init; } = 18;

        public int H { get; init; } = 6;

        public int C { get; init; } = 6;

        public void Run(float[] output, float[] h, float[] c) => Model.Forward(new float[X], Batch, Steps, Lengths, batchFirst: true, output, h, c);
    }
}
