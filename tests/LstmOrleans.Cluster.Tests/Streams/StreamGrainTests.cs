using LstmOrleans.Client;
using LstmOrleans.Contracts.Streams;
using LstmOrleans.Numerics.ModelFile;
using LstmOrleans.Silo.Storage;
using static LstmOrleans.Cluster.Tests.Streams.LstmTestCluster;

namespace LstmOrleans.Cluster.Tests.Streams;

/// <summary>The stream grain in a cluster: opening, what is durable when, and what every kind of failed write does.</summary>
public class StreamGrainTests
{
    [Fact]
    public async Task Open_Twice_GivesTheFirstResult()
    {
        await using var cluster = await StartAsync();
        var grain = await cluster.OpenAsync("s");
        await grain.Step(Request("s", 1, 2));
        var again = await grain.Open(new OpenRequest { Key = "s", Incarnation = 7, Model = "small" });
        Assert.Equal((StreamStatus.Ok, 7ul, 2L, 3, 2), (again.Status, again.Incarnation, again.Position, again.InputSize, again.AnswerSize));
        Assert.Equal(["a", "b", "c"], again.FeatureNames);
    }

    [Fact]
    public async Task Open_OfAnOpenStream_WithAnotherIncarnation_ChangesNothing()
    {
        await using var cluster = await StartAsync();
        var grain = await cluster.OpenAsync("s");
        var other = await grain.Open(new OpenRequest { Key = "s", Incarnation = 8, Model = "small" });
        Assert.Equal((StreamStatus.AlreadyOpen, 7ul), (other.Status, other.Incarnation));
    }

    [Fact]
    public async Task Open_RepeatedWithOtherOptionsOrAnotherModel_IsInvalid()
    {
        await using var cluster = await StartAsync();
        var grain = await cluster.OpenAsync("s");
        var other = cluster.Models.Add(TestModels.Small(seed: 3), "other");
        var options = await grain.Open(new OpenRequest { Key = "s", Incarnation = 7, Model = "small", Options = StreamOptions.AnswerOutput });
        var model = await grain.Open(new OpenRequest { Key = "s", Incarnation = 7, Model = other.ToString() });
        Assert.Equal((StreamStatus.Invalid, StreamStatus.Invalid), (options.Status, model.Status));
    }

    [Fact]
    public async Task Open_RepeatedAfterTheNameMoved_KeepsTheStreamsModel()
    {
        await using var cluster = await StartAsync();
        var grain = await cluster.OpenAsync("s");
        cluster.Models.TryResolve("small", out var before);
        cluster.Models.Add(TestModels.Small(seed: 3), "small");
        var again = await grain.Open(new OpenRequest { Key = "s", Incarnation = 7, Model = "small" });
        Assert.Equal((StreamStatus.Ok, before.ToString()), (again.Status, again.ModelHash));
    }

    [Theory]
    [InlineData("both", StreamStatus.Invalid, "bidirectional")]
    [InlineData("nobody", StreamStatus.ModelUnavailable, "it has both, small")]
    [InlineData("../escape", StreamStatus.ModelUnavailable, "There is no model '../escape'")]
    public async Task Open_WithAModelThatCannotStream_SaysWhy(string model, StreamStatus status, string detail)
    {
        await using var cluster = await StartAsync();
        var answer = await cluster.Grain("s").Open(new OpenRequest { Key = "s", Incarnation = 7, Model = model });
        Assert.Equal(status, answer.Status);
        Assert.Contains(detail, answer.Detail, StringComparison.Ordinal);
        Assert.Equal(0, cluster.Storage.Writes);
    }

    [Fact]
    public async Task Open_WithoutIncarnationOrOfAnotherKeyOrMode_IsInvalid()
    {
        await using var cluster = await StartAsync();
        Assert.Equal(StreamStatus.Invalid, (await cluster.Grain("s").Open(new OpenRequest { Key = "s", Incarnation = 0, Model = "small" })).Status);
        Assert.Equal(StreamStatus.Invalid, (await cluster.Grain("s").Open(new OpenRequest { Key = "t", Incarnation = 7, Model = "small" })).Status);
        Assert.Equal(StreamStatus.Invalid, (await cluster.Grain("s").Open(new OpenRequest { Key = "s", Incarnation = 7, Model = "small", Mode = (StreamMode)9 })).Status);
    }

    [Fact]
    public async Task Step_OnAStreamThatIsNotOpen_SaysSo()
    {
        await using var cluster = await StartAsync();
        Assert.Equal(StreamStatus.NotOpen, (await cluster.Grain("s").Step(Request("s", 1, 1))).Status);
        Assert.Equal(StreamStatus.NotOpen, (await cluster.Grain("s").Show()).Status);
    }

    [Fact]
    public async Task Steps_ReachTheStoreBeforeTheAnswer()
    {
        await using var cluster = await StartAsync();
        var grain = await cluster.OpenAsync("s");
        int writes = cluster.Storage.Writes;
        var answer = await grain.Step(Request("s", 1, 5));
        Assert.Equal((StreamStatus.Ok, 5L, 5L), (answer.Status, answer.Position, answer.DurablePosition));
        Assert.Equal(writes + 1, cluster.Storage.Writes);
        await cluster.AssertStandsAt("s", 5);
    }

    [Fact]
    public async Task RefusedWrite_KeepsTheOldState_AndTheSameCallSucceedsLater()
    {
        await using var cluster = await StartAsync();
        var grain = await cluster.OpenAsync("s");
        await grain.Step(Request("s", 1, 2));
        cluster.Storage.BeforeWrite = _ => throw new StorageRefusedException("The disk is full.");
        var refused = await grain.Step(Request("s", 3, 2));
        Assert.Equal((StreamStatus.StorageRefused, 2L, 0), (refused.Status, refused.Position, refused.Answers.Length));
        await cluster.AssertStandsAt("s", 2);
        cluster.Storage.BeforeWrite = null;
        Assert.Equal(StreamStatus.Ok, (await grain.Step(Request("s", 3, 2))).Status);
        await cluster.AssertStandsAt("s", 4);
    }

    [Fact]
    public async Task FailedWrite_ThatDidNotHappen_KeepsTheActivation()
    {
        await using var cluster = await StartAsync();
        var grain = await cluster.OpenAsync("s");
        cluster.Storage.BeforeWrite = _ => throw new IOException("The connection broke.");
        var answer = await grain.Step(Request("s", 1, 2));
        Assert.Equal((StreamStatus.NotNow, 0L), (answer.Status, answer.Position));
        cluster.Storage.BeforeWrite = null;
        int reads = cluster.Storage.Reads;
        Assert.Equal(StreamStatus.Ok, (await grain.Step(Request("s", 1, 2))).Status);
        Assert.Equal(reads, cluster.Storage.Reads);
        await cluster.AssertStandsAt("s", 2);
    }

    [Fact]
    public async Task LostReply_OfAWriteThatHappened_GivesTheKeptAnswersToTheRetry()
    {
        await using var cluster = await StartAsync();
        var grain = await cluster.OpenAsync("s");
        var control = await (await cluster.OpenAsync("control")).Step(Request("control", 1, 3));
        cluster.Storage.AfterWrite = _ => throw new IOException("The reply was lost.");
        Assert.Equal(StreamStatus.NotNow, (await grain.Step(Request("s", 1, 3))).Status);
        cluster.Storage.AfterWrite = null;
        int writes = cluster.Storage.Writes;
        var retry = await grain.Step(Request("s", 1, 3));
        while (retry.Status == StreamStatus.NotNow) // the old activation answers so until it is gone
            retry = await grain.Step(Request("s", 1, 3));
        Assert.Equal((StreamStatus.Ok, 3L), (retry.Status, retry.Position));
        Assert.True(control.Answers.Span.SequenceEqual(retry.Answers.Span));
        Assert.Equal(writes, cluster.Storage.Writes);
        await cluster.AssertStandsAt("s", 3);
    }

    [Fact]
    public async Task ForeignEtag_EndsTheActivation_AndTheNextOneReadsWhatIsStored()
    {
        await using var cluster = await StartAsync();
        var grain = await cluster.OpenAsync("s");
        await grain.Step(Request("s", 1, 2));
        cluster.Storage.Replace(grain.GetGrainId(), bytes => bytes); // another writer: same bytes, an etag that was not issued here
        Assert.Equal(StreamStatus.NotNow, (await grain.Step(Request("s", 3, 1))).Status);
        int reads = cluster.Storage.Reads;
        var retry = await grain.Step(Request("s", 3, 1));
        while (retry.Status == StreamStatus.NotNow)
            retry = await grain.Step(Request("s", 3, 1));
        Assert.Equal((StreamStatus.Ok, 3L), (retry.Status, retry.Position));
        Assert.True(cluster.Storage.Reads > reads);
        await cluster.AssertStandsAt("s", 3);
    }

    [Fact]
    public async Task DamagedRecord_IsNamed_AndNeverRunOn()
    {
        await using var cluster = await StartAsync();
        var grain = await cluster.OpenAsync("s");
        cluster.Storage.Replace(grain.GetGrainId(), bytes =>
        {
            bytes[150] ^= 1;
            return bytes;
        });
        var answer = await grain.Step(Request("s", 1, 1)); // ends the activation
        while (answer.Status == StreamStatus.NotNow)
            answer = await grain.Step(Request("s", 1, 1));
        Assert.Equal(StreamStatus.Damaged, answer.Status);
        Assert.Contains("stream 's' is damaged", answer.Detail, StringComparison.Ordinal);
    }

    // As after a newer silo of a rolling upgrade wrote it: nothing is wrong with it, and one that knows it will come.
    [Fact]
    public async Task RecordOfAFormatThatIsNotKnown_IsRetryable()
    {
        await using var cluster = await StartAsync();
        var grain = await cluster.OpenAsync("s");
        cluster.Storage.Replace(grain.GetGrainId(), bytes =>
        {
            bytes[4] = 99;
            FormatTests.Seal("s", bytes);
            return bytes;
        });
        var answer = await grain.Step(Request("s", 1, 1)); // ends the activation
        while (answer.Status == StreamStatus.NotNow)
            answer = await grain.Step(Request("s", 1, 1));
        Assert.Equal(StreamStatus.NumericsUnavailable, answer.Status);
        Assert.True(answer.Status.IsRetryable());
        Assert.Contains("has format 99", answer.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ModelThatIsNotThere_IsRetryable_AndTheStreamUntouched()
    {
        await using var cluster = await StartAsync();
        var grain = await cluster.OpenAsync("s");
        var missing = TestModels.Small(seed: 9);
        byte[] hash = new byte[ModelHash.Length];
        ModelHash.Of(LstmModelFile.ToBytes(missing)).CopyTo(hash);
        cluster.Storage.Replace(grain.GetGrainId(), bytes => StreamRecordFormat.Write("s", StreamRecordFormat.Read("s", bytes) with { ModelHash = hash }));
        var answer = await grain.Step(Request("s", 1, 1)); // a foreign etag: ends the activation
        while (answer.Status == StreamStatus.NotNow)
            answer = await grain.Step(Request("s", 1, 1));
        Assert.Equal((StreamStatus.ModelUnavailable, 0L), (answer.Status, answer.Position));
        Assert.Contains(Convert.ToHexStringLower(hash), answer.Detail, StringComparison.Ordinal);
        cluster.Models.Add(missing, "found");
        answer = await grain.Step(Request("s", 1, 1));
        Assert.Equal((StreamStatus.Ok, 1L), (answer.Status, answer.Position));
    }

    [Fact]
    public async Task DamagedModelFile_IsNamed()
    {
        await using var cluster = await StartAsync();
        var hash = cluster.Models.Add(TestModels.Small(seed: 5), "torn");
        string file = Path.Combine(cluster.Models.Path, hash + ".safetensors");
        byte[] bytes = await File.ReadAllBytesAsync(file, TestContext.Current.CancellationToken);
        await File.WriteAllBytesAsync(file, bytes[..^100], TestContext.Current.CancellationToken);
        var answer = await cluster.Grain("s").Open(new OpenRequest { Key = "s", Incarnation = 7, Model = "torn" });
        Assert.Equal(StreamStatus.ModelUnavailable, answer.Status);
        Assert.Contains(file, answer.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Producer_CarriesWhatWaits_AndConfirmsWhatWasStored()
    {
        await using var cluster = await StartAsync();
        var stream = await cluster.Client.OpenAsync("s", "small", 7, cancellation: TestContext.Current.CancellationToken);
        var producer = new StreamProducer(stream, 0, mostInputs: 10);
        for (int position = 1; position <= 35; position++)
            await producer.WriteAsync(Inputs(position, 1), TestContext.Current.CancellationToken);
        producer.Complete();
        var sizes = new List<int>();
        await foreach (var batch in producer.AnswersAsync(TestContext.Current.CancellationToken))
            sizes.Add(batch.Count);
        Assert.Equal([10, 10, 10, 5], sizes);
        await cluster.AssertStandsAt("s", 35);
        Assert.Equal(30, (await cluster.Grain("s").Show()).Confirmed);
    }
}
