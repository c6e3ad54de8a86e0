using System.Collections.Concurrent;
using System.Diagnostics;
using LstmOrleans.Client.Steps;
using LstmOrleans.Cluster.Tests.Streams;
using LstmOrleans.Contracts.Streams;
using LstmOrleans.Silo.Answers;
using LstmOrleans.Silo.Steps;
using LstmOrleans.Silo.Streams;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Configuration;
using Orleans.Core.Internal;

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
        var arrivals = new Arrivals();
        await using var cluster = await LstmTestCluster.StartAsync(silos, services: services => services.AddSingleton<IIncomingGrainCallFilter>(arrivals));
        var path = StepPaths.Gathered(cluster.Grains, TimeProvider.System).First;
        await Task.WhenAll(Enumerable.Range(0, Streams).Select(async index =>
        {
            string submitted = $"submitted-{index}", called = $"called-{index}";
            var line = new StepLine(await cluster.OpenAsync(submitted, mode: mode));
            var twin = await cluster.OpenAsync(called, mode: mode);
            for (int position = 1; position <= Steps; position += 1 + (position % 3))
            {
                int count = Math.Min(1 + (position % 3), Steps - position + 1);
                var answer = await SendAsync(path, line, LstmTestCluster.Request(submitted, position, count));
                var expected = await twin.Step(LstmTestCluster.Request(called, position, count));
                Assert.Equal((StreamStatus.Ok, expected.Position, expected.History), (answer.Status, answer.Position, answer.History));
                Assert.Equal(expected.Answers.Span, answer.Answers.Span);
                // What was answered is applied once: the same again is told from the kept answers.
                var again = await SendAsync(path, line, LstmTestCluster.Request(submitted, position, count));
                Assert.Equal(expected.Answers.Span, again.Answers.Span);
            }

            if (mode == StreamMode.Durable)
                await cluster.AssertStandsAt(submitted, Steps);
        }));
        // The first of each stream by itself, the others in bundles.
        Assert.Equal(Streams, arrivals.Submitted);
        Assert.InRange(arrivals.Bundles, 1, arrivals.Bundled);
        Assert.InRange(arrivals.Bundled, Streams * 2, int.MaxValue);
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
        var notOpen = await path.SendAsync(new(cluster.Grain("nowhere")), LstmTestCluster.Request("nowhere", 1, 1));
        Assert.Equal(StreamStatus.NotOpen, notOpen.Status);
        var grain = await cluster.OpenAsync("s");
        var gap = await path.SendAsync(new(grain), LstmTestCluster.Request("s", 5, 1));
        Assert.Equal((StreamStatus.Gap, 0L), (gap.Status, gap.Position));
        var wrongKey = await path.SendAsync(new(grain), LstmTestCluster.Request("another", 1, 1));
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
        var failed = await path.SendAsync(new(grain), LstmTestCluster.Request("s", 1, 2));
        Assert.True(failed.Status.IsRetryable(), $"{failed.Status}");
        Assert.Equal(StreamStatus.Ok, (await SendAsync(path, new(grain), LstmTestCluster.Request("s", 1, 2))).Status);
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

    // Orleans does not see what comes in bundles.
    [Fact]
    public async Task StreamThatOnlyHasStepsInBundles_IsNotPutAwayAsIdle_OneWithoutStepsIs()
    {
        await using var cluster = await LstmTestCluster.StartAsync(services: services => services.Configure<GrainCollectionOptions>(options =>
            (options.CollectionAge, options.CollectionQuantum) = (TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(0.5))));
        var path = StepPaths.Gathered(cluster.Grains, TimeProvider.System).First;
        var line = new StepLine(await cluster.OpenAsync("busy"));
        foreach (string key in new[] { "busy", "idle" })
            await (await cluster.OpenAsync(key)).Step(LstmTestCluster.Request(key, 1, 1));
        var here = cluster.Silos.Silos[0].ServiceProvider.GetRequiredService<LocalStreams>();
        var (busy, idle) = (here.Find("busy"), here.Find("idle"));
        Assert.NotNull(busy);
        Assert.NotNull(idle);
        // As long again as the other one stayed, and more: both were opened at the same time.
        var began = Stopwatch.StartNew();
        int position = 1;
        while (here.Find("idle") != null || began.Elapsed < TimeSpan.FromSeconds(5))
            Assert.Equal(StreamStatus.Ok, (await path.SendAsync(line, LstmTestCluster.Request("busy", ++position, 1))).Status);
        Assert.Same(busy, here.Find("busy"));
    }

    // A bundle may find a stream a moment before it leaves.
    [Fact]
    public async Task StepThatComesToAnActivationThatLeft_IsSentOnToTheNext()
    {
        await using var cluster = await LstmTestCluster.StartAsync();
        var grain = await cluster.OpenAsync("s");
        await grain.Step(LstmTestCluster.Request("s", 1, 1));
        var here = cluster.Silos.Silos[0].ServiceProvider.GetRequiredService<LocalStreams>();
        var old = here.Find("s");
        Assert.NotNull(old);
        await grain.Cast<IGrainManagementExtension>().DeactivateOnIdle(TestContext.Current.CancellationToken);
        await HeldReceiver.UntilAsync(() => here.Find("s") == null);
        cluster.Storage.BeforeWrite = _ => Assert.NotNull(here.Find("s"));
        var inbox = new Inbox();
        Assert.True(old.TrySubmitHere(LstmTestCluster.Request("s", 2, 1), cluster.Grains.CreateObjectReference<IAnswerReceiver>(inbox).GetGrainId(), 1));
        Assert.Equal(StreamStatus.Ok, (await inbox.AllAsync(1))[1].Status);
        Assert.NotSame(old, here.Find("s"));
        await cluster.AssertStandsAt("s", 2);
        GC.KeepAlive(inbox);
    }

    // A client that does not know better, or one that means no good: each step of a bundle is judged by itself.
    [Fact]
    public async Task BundleOfAnything_EachStepIsToldWhatIsWrong_TheOthersAreApplied()
    {
        await using var cluster = await LstmTestCluster.StartAsync();
        await cluster.OpenAsync("s");
        var inbox = new Inbox();
        var address = cluster.Grains.CreateObjectReference<IAnswerReceiver>(inbox).GetGrainId();
        var post = cluster.Grains.GetGrain<IStepPost>(0, "no silo at all");
        await post.Deliver(new StepBundle
        {
            Receiver = address,
            Calls = [1, 2, 3, 4, 5, 6],
            Steps =
            [
                null!,
                LstmTestCluster.Request("s", 1, 1) with { Key = null! },
                LstmTestCluster.Request(" ", 1, 1),
                LstmTestCluster.Request("nowhere", 1, 1),
                LstmTestCluster.Request("s", 1, 1) with { Inputs = new byte[3] },
                LstmTestCluster.Request("s", 1, 2),
            ],
        });
        await inbox.AllAsync(6);
        await post.Deliver(new StepBundle { Receiver = address, Calls = [7, 8, 9], Steps = [LstmTestCluster.Request("s", 3, 1)] });
        var answers = await inbox.AllAsync(7);
        Assert.Equal(
            [StreamStatus.Invalid, StreamStatus.Invalid, StreamStatus.Invalid, StreamStatus.NotOpen, StreamStatus.Invalid],
            Enumerable.Range(1, 5).Select(call => answers[call].Status));
        Assert.Equal((StreamStatus.Ok, StreamStatus.Ok), (answers[6].Status, answers[7].Status));
        await cluster.AssertStandsAt("s", 3);
        GC.KeepAlive(inbox);
    }

    [Fact]
    public async Task Post_IsOnTheSiloThatItsKeyNames_AndOnAnotherWhereThatOneIsGone()
    {
        var arrivals = new Arrivals();
        await using var cluster = await LstmTestCluster.StartAsync(silos: 3, services: services => services.AddSingleton<IIncomingGrainCallFilter>(arrivals));
        await cluster.OpenAsync("s");
        var inbox = new Inbox();
        var address = cluster.Grains.CreateObjectReference<IAnswerReceiver>(inbox).GetGrainId();
        string[] silos = [.. cluster.Silos.Silos.Select(silo => silo.SiloAddress.ToParsableString()), "127.0.0.1:1@1"];
        for (int number = 0; number < silos.Length; number++)
        {
            // Wherever the stream is: from a post it is reached.
            await cluster.Grains.GetGrain<IStepPost>(1, silos[number]).Deliver(new StepBundle { Receiver = address, Calls = [number], Steps = [LstmTestCluster.Request("s", number + 1, 1)] });
            await inbox.AllAsync(number + 1);
        }

        var posts = (await cluster.Grains.GetGrain<IManagementGrain>(0).GetDetailedGrainStatistics(types: null, hostsIds: null, TestContext.Current.CancellationToken)).Where(grain => grain.GrainId.Type.ToString() == "lstm.post").ToList();
        Assert.Equal(silos.Length, posts.Count);
        foreach (var post in posts)
        {
            Assert.True(post.GrainId.TryGetIntegerKey(out _, out string? named));
            Assert.True(named == post.SiloAddress.ToParsableString() || named == silos[^1], $"{named} is on {post.SiloAddress}");
        }

        await cluster.AssertStandsAt("s", silos.Length);
        GC.KeepAlive(inbox);
    }

    /// <summary>As a client does: first by this path, and again by a call where the cluster asks for it.</summary>
    private static async Task<StepAnswer> SendAsync(IStepPath path, StepLine line, StepRequest request)
    {
        var answer = await path.SendAsync(line, request);
        for (int again = 0; answer.Status.IsRetryable() && again < 20; again++)
            answer = await line.Grain.Step(request);
        return answer;
    }

    /// <summary>How steps came.</summary>
    private sealed class Arrivals : IIncomingGrainCallFilter
    {
        private int _submitted, _bundles, _bundled;

        public int Submitted => _submitted;

        public int Bundles => _bundles;

        public int Bundled => _bundled;

        public Task Invoke(IIncomingGrainCallContext context)
        {
            if (context.MethodName == nameof(IStreamGrain.Submit))
                Interlocked.Increment(ref _submitted);
            if (context.MethodName == nameof(IStepPost.Deliver) && context.Request.GetArgument(0) is StepBundle bundle)
            {
                Interlocked.Increment(ref _bundles);
                Interlocked.Add(ref _bundled, bundle.Steps.Length);
            }

            return context.Invoke();
        }
    }

    private sealed class Inbox : IAnswerReceiver
    {
        private readonly ConcurrentDictionary<long, StepAnswer> _answers = new();

        public Task Receive(AnswerBundle bundle)
        {
            for (int index = 0; index < bundle.Calls.Length; index++)
                Assert.True(_answers.TryAdd(bundle.Calls[index], bundle.Answers[index]), "An answer came twice.");
            return Task.CompletedTask;
        }

        public async Task<IReadOnlyDictionary<long, StepAnswer>> AllAsync(int count)
        {
            await HeldReceiver.UntilAsync(() => _answers.Count >= count);
            Assert.Equal(count, _answers.Count);
            return _answers;
        }
    }
}
