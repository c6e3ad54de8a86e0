using System.Reflection;
using LstmOrleans.Client.Steps;
using LstmOrleans.Client.Tests.Sessions;
using LstmOrleans.Contracts.Streams;
using Microsoft.Extensions.Time.Testing;

namespace LstmOrleans.Client.Tests.Steps;

public sealed class AnswerInboxTests
{
    private static readonly GrainId Address = GrainId.Create("sys.client", "test");

    private static readonly SiloAddress Here = SiloAddress.FromParsableString("127.0.0.1:11111@1"), There = SiloAddress.FromParsableString("127.0.0.1:11112@1");

    private readonly FakeTimeProvider _time = new();
    private readonly List<(long Call, GrainId Receiver, StepRequest Request)> _sent = [];
    private readonly FakePosts _posts = new();
    private readonly AnswerInbox _inbox;
    private int _registrations;

    public AnswerInboxTests() => _inbox = new(_ =>
    {
        _registrations++;
        return Address;
    }, _posts.Of, _time);

    [Fact]
    public async Task Answers_GoToTheirSteps_WhateverTheirOrder()
    {
        var steps = Enumerable.Range(1, 5).Select(position => Send(position)).ToArray();
        Assert.All(_sent, sent => Assert.Equal(Address, sent.Receiver));
        Assert.Equal((1, 5), (_registrations, _sent.Select(sent => sent.Call).Distinct().Count()));
        await _inbox.Receive(Bundle(4, 1));
        await _inbox.Receive(Bundle(0, 3, 2));
        for (int index = 0; index < steps.Length; index++)
            Assert.Equal(index + 1, (await steps[index]).Position);
        Assert.Equal(0, _inbox.Count);
    }

    [Fact]
    public async Task WhatIsNotWaitedFor_OrComesTwice_IsLeftAlone()
    {
        var step = Send(1);
        await _inbox.Receive(new AnswerBundle { Calls = [_sent[0].Call + 17], Answers = [new StepAnswer { Position = 9 }] });
        Assert.False(step.IsCompleted);
        await _inbox.Receive(Bundle(0));
        await _inbox.Receive(Bundle(0));
        Assert.Equal(1, (await step).Position);
    }

    [Fact]
    public async Task NoAnswer_EndsWithATimeout_AndItsAnswerThenIsNoNews()
    {
        var step = Send(1);
        _time.Advance(AnswerInbox.Patience);
        Assert.False(step.IsCompleted);
        // Somebody is there.
        await _inbox.Receive(new AnswerBundle { Calls = [], Answers = [] });
        var younger = Send(2);
        _time.Advance(TimeSpan.FromSeconds(2));
        await Assert.ThrowsAsync<TimeoutException>(() => step);
        Assert.False(younger.IsCompleted);
        await _inbox.Receive(Bundle(0, 1));
        Assert.Equal(2, (await younger).Position);
        Assert.Equal(0, _inbox.Count);

        // The timer has stopped meanwhile; it runs again for the next.
        _time.Advance(TimeSpan.FromMinutes(1));
        var later = Send(3);
        _time.Advance(AnswerInbox.Patience + TimeSpan.FromSeconds(2));
        await Assert.ThrowsAsync<TimeoutException>(() => later);
    }

    // Silos of an older version know no submitted steps: it must not cost every event half a second.
    [Fact]
    public async Task NoAnswerToAny_StepsAreCalledForAWhile_ThenItIsTriedAgain()
    {
        var lost = Send(1);
        _time.Advance(AnswerInbox.DeafAfter + TimeSpan.FromSeconds(2));
        Assert.Equal(-1, (await Send(2)).Position);
        Assert.Single(_sent);
        for (int second = 0; second < (AnswerInbox.Patience + AnswerInbox.CallsFor).TotalSeconds; second++)
            _time.Advance(TimeSpan.FromSeconds(1));
        await Assert.ThrowsAsync<TimeoutException>(() => lost);
        var tried = Send(3);
        Assert.Equal(2, _sent.Count);
        await _inbox.Receive(Bundle(1));
        Assert.Equal(3, (await tried).Position);

        // One that is lost while others are answered changes nothing.
        _ = Send(4);
        for (int second = 0; second < 5; second++)
        {
            var answered = Send(5 + second);
            await _inbox.Receive(Bundle(_sent.Count - 1));
            await answered;
            _time.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Equal(8, _sent.Count);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task StepThatCannotLeave_FailsAtOnce(bool throws)
    {
        var problem = new InvalidOperationException("No gateway.");
        var grain = Grain((_, _, _) => throws ? throw problem : Task.FromException(problem));
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await _inbox.SendAsync(new(grain), Request(1)));
        Assert.Equal(0, _inbox.Count);
    }

    [Fact]
    public async Task WhereAStreamLives_IsToldWithItsAnswer_AndItsNextStepsGoThereInBundles()
    {
        var (first, second, elsewhere) = (Line(), Line(), Line());
        Task<StepAnswer>[] alone = [Send(1, first), Send(1, second), Send(1, elsewhere)];
        Assert.Equal(3, _sent.Count);
        await _inbox.Receive(Bundle(0, 1) with { Silo = Here });
        await _inbox.Receive(Bundle(2) with { Silo = There });
        await Task.WhenAll(alone);

        Task<StepAnswer>[] together = [Send(2, first), Send(2, second), Send(2, elsewhere)];
        var steps = (await _posts.NextAsync(3)).OrderBy(step => step.Call).ToList();
        Assert.Equal([Here, Here, There], steps.Select(step => step.Silo));
        Assert.All(steps, step => Assert.Equal(Address, step.Receiver));
        Assert.Equal(3, _sent.Count);

        // The third has moved: it was sent on, and its answer comes from where it is now.
        await _inbox.Receive(new AnswerBundle
        {
            Calls = [.. steps.Select(step => step.Call)],
            Answers = [.. steps.Select((_, index) => new StepAnswer { Position = 10 + index })],
            Silo = Here,
        });
        for (int index = 0; index < together.Length; index++)
            Assert.Equal(10 + index, (await together[index]).Position);
        _ = Send(3, elsewhere);
        Assert.Equal(Here, Assert.Single(await _posts.NextAsync(1)).Silo);
    }

    // A trace, or what an application's own filters look for, belongs to one step.
    [Fact]
    public async Task WithARequestContext_AStepGoesByItself()
    {
        var line = Line();
        await AnsweredFromAsync(Here, line, 1);
        RequestContext.Set("who", "me");
        _ = Send(2, line);
        Assert.Equal(2, _sent.Count);
        RequestContext.Clear();
        _ = Send(3, line);
        await _posts.NextAsync(1);
        Assert.Equal(2, _sent.Count);
    }

    [Fact]
    public async Task StepThatWasLate_TheNextGoesWhereverOrleansFindsTheStream()
    {
        var line = Line();
        await AnsweredFromAsync(Here, line, 1);
        _ = Send(2, line);
        await _posts.NextAsync(1);
        await CallPath.Instance.SendAsync(line, Request(2));
        _ = Send(3, line);
        Assert.Equal(2, _sent.Count);
    }

    // A gateway on the way to it may hang, and the streams' own ways be others.
    [Fact]
    public async Task PostThatAnswersNoBundle_IsSentNoneForAWhile_OthersAre()
    {
        var (deaf, quick) = (Line(), Line());
        await AnsweredFromAsync(Here, deaf, 1);
        await AnsweredFromAsync(Here, quick, 1);
        _ = Send(2, deaf);
        Assert.Equal(0, (await _posts.NextBundleAsync()).Post);
        Assert.Equal([1, 2, 3], await PostsInTimeAsync(3));
        Assert.Equal([1, 2, 3, 1, 2, 3], await PostsInTimeAsync(6));
        // The last look at the step without an answer is when it ends.
        await PostsInTimeAsync((int)(AnswerInbox.Patience + AnswerInbox.CallsFor).TotalSeconds);
        Assert.Equal([0, 1, 2, 3], (await PostsInTimeAsync(4)).Order());
        Assert.Equal(2, _sent.Count);

        async Task<List<int>> PostsInTimeAsync(int seconds)
        {
            List<int> numbers = [];
            for (int second = 0; second < seconds; second++)
            {
                var step = Send(2, quick);
                var (_, number, bundle) = await _posts.NextBundleAsync();
                numbers.Add(number);
                await _inbox.Receive(new AnswerBundle { Calls = bundle.Calls, Answers = [new StepAnswer()], Silo = Here });
                await step;
                _time.Advance(TimeSpan.FromSeconds(1));
            }

            return numbers;
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task BundleThatCannotLeave_FailsItsSteps(bool throws)
    {
        var line = Line();
        await AnsweredFromAsync(Here, line, 1);
        var problem = new InvalidOperationException("No gateway.");
        _posts.Delivered = throws ? () => throw problem : () => Task.FromException(problem);
        // Not the exception itself: an ArgumentException, as from a cluster that has no posts yet, would say that this step is wrong.
        for (int way = 0; way < StepPost.PostsOfASilo; way++)
            Assert.Same(problem, (await Assert.ThrowsAsync<LstmException>(() => Send(2, line))).InnerException);
        Assert.Equal(0, _inbox.Count);
        // No way is left.
        _ = Send(2, line);
        Assert.Equal(2, _sent.Count);
    }

    // One-way messages are lost without a word: the library must not wait for ever, nor apply anything twice.
    [Fact]
    public async Task LostOnTheWay_GoesAgainAsACall()
    {
        var time = new SimulatedTime();
        var stream = new FakeStream(StreamMode.Durable);
        var network = new FakeNetwork(stream, time, seed: 1, trouble: 0);
        var retry = new RetryPolicy { Time = time };
        var deaf = new AnswerInbox(_ => Address, _posts.Of, time);
        var lost = Grain((_, _, _) => Task.CompletedTask);
        var client = new LstmClient(network.Factory(), retry, new StepPaths(new Diverted(deaf, lost), CallPath.Instance));
        await time.RunAsync(SendAsync(), "The sending");
        Assert.Equal(3, stream.Position);

        async Task SendAsync()
        {
            var open = await client.OpenAsync(FakeStream.Key, "m", incarnation: 7, cancellation: TestContext.Current.CancellationToken);
            for (int position = 1; position <= 3; position++)
                await open.StepAsync(position, new float[FakeStream.InputSize], cancellation: TestContext.Current.CancellationToken);
        }
    }

    private Task<StepAnswer> Send(long position) => Send(position, Line());

    private Task<StepAnswer> Send(long position, StepLine line) => _inbox.SendAsync(line, Request(position));

    private StepLine Line() => new(Grain((request, receiver, call) =>
    {
        _sent.Add((call, receiver, request));
        return Task.CompletedTask;
    }));

    /// <summary>A step of a stream that is answered by a silo, whichever way it went.</summary>
    private async Task AnsweredFromAsync(SiloAddress silo, StepLine line, long position)
    {
        int alone = _sent.Count;
        var step = Send(position, line);
        long call = _sent.Count > alone ? _sent[alone].Call : Assert.Single(await _posts.NextAsync(1)).Call;
        await _inbox.Receive(new AnswerBundle { Calls = [call], Answers = [new StepAnswer { Position = position }], Silo = silo });
        Assert.Equal(position, (await step).Position);
    }

    private AnswerBundle Bundle(params int[] sent) => new()
    {
        Calls = [.. sent.Select(index => _sent[index].Call)],
        Answers = [.. sent.Select(index => new StepAnswer { Position = _sent[index].Request.FirstPosition!.Value })],
    };

    private static StepRequest Request(long position) => new() { Key = "s", FirstPosition = position, Count = 1, Inputs = new byte[4] };

    private static IStreamGrain Grain(Func<StepRequest, GrainId, long, Task> submit)
    {
        var grain = DispatchProxy.Create<IStreamGrain, SubmittedTo>();
        ((SubmittedTo)(object)grain).Submit = submit;
        return grain;
    }

    private sealed class Diverted(IStepPath path, IStreamGrain grain) : IStepPath
    {
        public Task<StepAnswer> SendAsync(StepLine _, StepRequest request) => path.SendAsync(new(grain), request);
    }
}

#pragma warning disable CA1852 // The proxy is a class that is derived from this one.
/// <summary>A grain to which steps are submitted; called ones it answers with position -1.</summary>
public class SubmittedTo : DispatchProxy
{
    public Func<StepRequest, GrainId, long, Task>? Submit { get; set; }

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) => targetMethod!.Name switch
    {
        nameof(IStreamGrain.Submit) => Submit!((StepRequest)args![0]!, (GrainId)args[1]!, (long)args[2]!),
        nameof(IStreamGrain.Step) => Task.FromResult(new StepAnswer { Position = -1 }),
        _ => throw new NotSupportedException(targetMethod.Name),
    };
}
