using System.Reflection;
using LstmOrleans.Client.Steps;
using LstmOrleans.Client.Tests.Sessions;
using LstmOrleans.Contracts.Streams;
using Microsoft.Extensions.Time.Testing;

namespace LstmOrleans.Client.Tests.Steps;

public sealed class AnswerInboxTests
{
    private static readonly GrainId Address = GrainId.Create("sys.client", "test");

    private readonly FakeTimeProvider _time = new();
    private readonly List<(long Call, GrainId Receiver, StepRequest Request)> _sent = [];
    private readonly AnswerInbox _inbox;
    private int _registrations;

    public AnswerInboxTests() => _inbox = new(_ =>
    {
        _registrations++;
        return Address;
    }, _time);

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
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await _inbox.SendAsync(grain, Request(1)));
        Assert.Equal(0, _inbox.Count);
    }

    // One-way messages are lost without a word: the library must not wait for ever, nor apply anything twice.
    [Fact]
    public async Task LostOnTheWay_GoesAgainAsACall()
    {
        var time = new SimulatedTime();
        var stream = new FakeStream(StreamMode.Durable);
        var network = new FakeNetwork(stream, time, seed: 1, trouble: 0);
        var retry = new RetryPolicy { Time = time };
        var deaf = new AnswerInbox(_ => Address, time);
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

    private Task<StepAnswer> Send(long position) => _inbox.SendAsync(Grain((request, receiver, call) =>
    {
        _sent.Add((call, receiver, request));
        return Task.CompletedTask;
    }), Request(position));

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
        public Task<StepAnswer> SendAsync(IStreamGrain _, StepRequest request) => path.SendAsync(grain, request);
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
