using LstmOrleans.Client.Steps;
using LstmOrleans.Cluster.Tests.Streams;
using LstmOrleans.Contracts.Streams;
using LstmOrleans.Silo.Answers;
using LstmOrleans.Silo.Streams;
using Microsoft.Extensions.DependencyInjection;

namespace LstmOrleans.Cluster.Tests.Answers;

/// <summary>Submitted steps through real grains: the same answers as those of called ones, by the other way.</summary>
public sealed class SubmitTests
{
    [Theory]
    [InlineData(1, StreamMode.Durable)]
    [InlineData(1, StreamMode.Checkpointed)]
    [InlineData(2, StreamMode.Durable)]
    public async Task ManyStreams_AnswersAreThoseOfCalls_BitForBit(short silos, StreamMode mode)
    {
        const int Streams = 40, Steps = 12;
        await using var cluster = await LstmTestCluster.StartAsync(silos);
        var path = StepPaths.Gathered(cluster.Grains, TimeProvider.System).First;
        await Task.WhenAll(Enumerable.Range(0, Streams).Select(async index =>
        {
            string submitted = $"submitted-{index}", called = $"called-{index}";
            var grain = await cluster.OpenAsync(submitted, mode: mode);
            var twin = await cluster.OpenAsync(called, mode: mode);
            for (int position = 1; position <= Steps; position += 1 + (position % 3))
            {
                int count = Math.Min(1 + (position % 3), Steps - position + 1);
                var answer = await SendAsync(cluster, path, grain, LstmTestCluster.Request(submitted, position, count));
                var expected = await twin.Step(LstmTestCluster.Request(called, position, count));
                Assert.Equal((StreamStatus.Ok, expected.Position, expected.History), (answer.Status, answer.Position, answer.History));
                Assert.Equal(expected.Answers.Span, answer.Answers.Span);
                // What was answered is applied once: the same again is told from the kept answers.
                var again = await SendAsync(cluster, path, grain, LstmTestCluster.Request(submitted, position, count));
                Assert.Equal(expected.Answers.Span, again.Answers.Span);
            }

            if (mode == StreamMode.Durable)
                await cluster.AssertStandsAt(submitted, Steps);
        }));
        // Nothing is left over, in no silo: no queue of a client, no place of a call.
        foreach (var services in cluster.Silos.Silos.Select(silo => silo.ServiceProvider))
        {
            for (int look = 0; look < 200 && services.GetRequiredService<AnswerPost>().Receivers > 0; look++)
                await Task.Delay(20, TestContext.Current.CancellationToken);
            Assert.Equal((0, 0), (services.GetRequiredService<AnswerPost>().Receivers, services.GetRequiredService<StreamAdmission>().UnderWay));
        }
    }

    [Fact]
    public async Task WhatIsRefused_IsToldWithItsReason()
    {
        await using var cluster = await LstmTestCluster.StartAsync();
        var path = StepPaths.Gathered(cluster.Grains, TimeProvider.System).First;
        var notOpen = await path.SendAsync(cluster.Grain("nowhere"), LstmTestCluster.Request("nowhere", 1, 1));
        Assert.Equal(StreamStatus.NotOpen, notOpen.Status);
        var grain = await cluster.OpenAsync("s");
        var gap = await path.SendAsync(grain, LstmTestCluster.Request("s", 5, 1));
        Assert.Equal((StreamStatus.Gap, 0L), (gap.Status, gap.Position));
        var wrongKey = await path.SendAsync(grain, LstmTestCluster.Request("another", 1, 1));
        Assert.Equal(StreamStatus.Invalid, wrongKey.Status);
        Assert.Equal(0, (await grain.Show()).Position);
    }

    [Fact]
    public async Task FailedWrite_IsTold_AndTheSameStepSucceedsAgain()
    {
        await using var cluster = await LstmTestCluster.StartAsync();
        var path = StepPaths.Gathered(cluster.Grains, TimeProvider.System).First;
        var grain = await cluster.OpenAsync("s");
        int writes = 0;
        cluster.Storage.BeforeWrite = _ =>
        {
            if (writes++ == 0)
                throw new IOException("A disk that fails once.");
        };
        var failed = await path.SendAsync(grain, LstmTestCluster.Request("s", 1, 2));
        Assert.True(failed.Status.IsRetryable(), $"{failed.Status}");
        Assert.Equal(StreamStatus.Ok, (await SendAsync(cluster, path, grain, LstmTestCluster.Request("s", 1, 2))).Status);
        await cluster.AssertStandsAt("s", 2);
    }

    // Else anybody who can reach a gateway could make a silo call any grain.
    [Fact]
    public async Task ReceiverThatIsNoClient_GetsNothing_TheStepIsApplied()
    {
        await using var cluster = await LstmTestCluster.StartAsync();
        var grain = await cluster.OpenAsync("s");
        await grain.Submit(LstmTestCluster.Request("s", 1, 1), cluster.Grain("other").GetGrainId(), 1);
        // Messages may overtake each other.
        for (int look = 0; look < 100 && (await grain.Show()).Position == 0; look++)
            await Task.Delay(20, TestContext.Current.CancellationToken);
        await cluster.AssertStandsAt("s", 1);
    }

    /// <summary>As a client does: first by this path, and again by a call where the cluster asks for it.</summary>
    private static async Task<StepAnswer> SendAsync(LstmTestCluster cluster, IStepPath path, IStreamGrain grain, StepRequest request)
    {
        var answer = await path.SendAsync(grain, request);
        for (int again = 0; answer.Status.IsRetryable() && again < 20; again++)
            answer = await grain.Step(request);
        return answer;
    }
}
