using System.Runtime.InteropServices;
using LstmOrleans.Client;
using LstmOrleans.Cluster.Tests.Streams;
using LstmOrleans.Contracts.Batch;
using LstmOrleans.Contracts.Streams;
using LstmOrleans.Numerics;

namespace LstmOrleans.Cluster.Tests.Batch;

public class BatchGrainTests
{
    [Theory]
    [InlineData("small", true)]
    [InlineData("small", false)]
    [InlineData("both", true)]
    [InlineData("both", false)]
    public async Task Forward_EqualsTheModel_WithLengthsAndStates(string name, bool batchFirst)
    {
        await using var cluster = await LstmTestCluster.StartAsync();
        var model = new LstmModel(TestModels.Small(bidirectional: name == "both"));
        int[] lengths = [4, 2, 3];
        float[] x = Values(3 * 4 * 3, 1), h = Values(3 * model.Shape.HiddenLength, 2), c = Values(3 * model.Shape.CellLength, 3);
        var answer = await cluster.Client.ForwardAsync(new ForwardRequest
        {
            Model = name,
            Batch = 3,
            Steps = 4,
            BatchFirst = batchFirst,
            Inputs = LstmClient.ToBytes(x),
            Lengths = MemoryMarshal.AsBytes(lengths.AsSpan()).ToArray(),
            H0 = LstmClient.ToBytes(h),
            C0 = LstmClient.ToBytes(c),
        }, TestContext.Current.CancellationToken);

        float[] output = new float[12 * model.Shape.OutputSize], expected = new float[12 * 2];
        model.Forward(x, 3, 4, lengths, batchFirst, output, h, c);
        for (int row = 0; row < 12; row++)
        {
            var (sequence, step) = batchFirst ? (row / 4, row % 4) : (row % 3, row / 3);
            if (step < lengths[sequence])
                model.Answer(output.AsSpan(row * model.Shape.OutputSize, model.Shape.OutputSize), expected.AsSpan(row * 2, 2));
        }

        Assert.Equal(2, answer.AnswerSize);
        Assert.Equal(expected, LstmClient.ToFloats(answer.Answers));
        Assert.Equal(h, LstmClient.ToFloats(answer.HN));
        Assert.Equal(c, LstmClient.ToFloats(answer.CN));
    }

    [Theory]
    [InlineData(0, 4, 48, "B is 0")]
    [InlineData(1, 4, 44, "x has 44 bytes")]
    [InlineData(100_000, 100_000, 48, "more than 64 MB")]
    public async Task Forward_BadSizes_AreRefusedByName(int batch, int steps, int bytes, string detail)
    {
        await using var cluster = await LstmTestCluster.StartAsync();
        var request = new ForwardRequest { Model = "small", Batch = batch, Steps = steps, Inputs = new byte[bytes] };
        var error = await Assert.ThrowsAsync<LstmException>(() => cluster.Client.ForwardAsync(request, TestContext.Current.CancellationToken));
        Assert.Equal(StreamStatus.Invalid, error.Status);
        Assert.Contains(detail, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Models_AreListed()
    {
        await using var cluster = await LstmTestCluster.StartAsync();
        var models = await cluster.Client.ModelsAsync(TestContext.Current.CancellationToken);
        Assert.Equal(["both", "small"], models.Select(model => model.Name));
        Assert.Equal(["LSTM(3, 5, num_layers=2, bidirectional) + Linear(2)", "LSTM(3, 5, num_layers=2) + Linear(2)"], models.Select(model => model.Shape));
        Assert.Equal([false, true], models.Select(model => model.Streamable));
        Assert.Equal(["float32", "float32"], models.Select(model => model.Weights));
    }

    private static float[] Values(int count, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => (float)(random.NextDouble() - 0.5))];
    }
}
