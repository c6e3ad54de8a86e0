using LstmOrleans.Contracts.Streams;

namespace LstmOrleans.Cluster.Tests.Streams;

public partial class FormatTests
{
    [Fact]
    public void GatheredAnswers_BytesArePinnedAndRead()
    {
        var bundle = new AnswerBundle
        {
            Calls = [5, long.MaxValue],
            Answers = [new() { Position = 6, Answers = new byte[] { 1, 2, 3, 4 } }, new() { Status = StreamStatus.Gap, Detail = "d" }],
            Silo = SiloAddress.FromParsableString("10.1.2.3:11111@123456789"),
        };
        Golden("answer-bundle-silo.bin", Serializer.SerializeToArray(bundle));
        // The first version did not tell where the streams live.
        foreach (var (name, silo) in new[] { ("answer-bundle.bin", null), ("answer-bundle-silo.bin", bundle.Silo) })
        {
            var read = Serializer.Deserialize<AnswerBundle>(File.ReadAllBytes(PathOf(name)))!;
            Assert.Equal(bundle.Calls, read.Calls);
            Assert.Equal(bundle.Answers.Select(Told), read.Answers.Select(Told));
            Assert.Equal(silo, read.Silo);
        }

        static (StreamStatus, long, string, string) Told(StepAnswer answer) => (answer.Status, answer.Position, answer.Detail, Convert.ToHexString(answer.Answers.Span));
    }

    [Fact]
    public void GatheredSteps_BytesArePinnedAndRead()
    {
        var bundle = new StepBundle
        {
            Receiver = GrainId.Create("sys.client", "c"),
            Calls = [5, long.MaxValue],
            Steps = [new() { Key = "kitchen", Incarnation = 5, FirstPosition = 8, Count = 1, Inputs = new byte[] { 1, 2, 3, 4 } }, new() { Key = "cellar", Count = 1, Inputs = new byte[] { 5, 6, 7, 8 } }],
        };
        Golden("step-bundle.bin", Serializer.SerializeToArray(bundle));
        var read = Serializer.Deserialize<StepBundle>(File.ReadAllBytes(PathOf("step-bundle.bin")))!;
        Assert.Equal((bundle.Receiver, 2), (read.Receiver, read.Steps.Length));
        Assert.Equal(bundle.Calls, read.Calls);
        Assert.Equal(bundle.Steps.Select(Told), read.Steps.Select(Told));

        static (string, ulong?, long?, int, string) Told(StepRequest step) => (step.Key, step.Incarnation, step.FirstPosition, step.Count, Convert.ToHexString(step.Inputs.Span));
    }
}
