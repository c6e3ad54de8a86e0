using System.Reflection;
using LstmOrleans.Cluster.Tests.Leases;
using LstmOrleans.Contracts.Streams;
using LstmOrleans.Silo.Answers;
using Microsoft.Extensions.Logging.Abstractions;

namespace LstmOrleans.Cluster.Tests.Answers;

public sealed class AnswerPostTests
{
    private static readonly SiloAddress Here = SiloAddress.FromParsableString("127.0.0.1:11111@1");

    // The receiver of a submitted step is what a caller says it is. Orleans cannot even parse some of these, and would keep the others for ever.
    [Theory]
    [InlineData("stream")]
    [InlineData("sys.svc.catalog")]
    [InlineData("sys.client1")]
    [InlineData("sys.client`x")]
    [InlineData("sys.client.sys.client")]
    public void WhoIsNoClient_IsNeverCalled(string type)
    {
        var (factory, asked) = Factory(_ => throw new InvalidOperationException("Called."));
        var post = new AnswerPost(factory, new TestSilo(Here), NullLogger<AnswerPost>.Instance);
        post.Tell(GrainId.Create(type, "k"), 1, new StepAnswer());
        Assert.Equal((0, 0), (asked(), post.Receivers));
    }

    [Fact]
    public void Client_IsCalled_AndWhatGoesWrongThereIsNoExceptionHere()
    {
        var (factory, asked) = Factory(_ => throw new InvalidOperationException("No such interface."));
        var post = new AnswerPost(factory, new TestSilo(Here), NullLogger<AnswerPost>.Instance);
        post.Tell(new GrainId(GrainTypePrefix.ClientGrainType, IdSpan.Create("k")), 1, new StepAnswer());
        Assert.Equal((1, 0), (asked(), post.Receivers));
    }

    [Fact]
    public async Task QueueOfAClient_IsUsedAgain_AndWhereItHasEndedANewOne()
    {
        var receiver = new HeldReceiver();
        var (factory, asked) = Factory(_ => receiver);
        var post = new AnswerPost(factory, new TestSilo(Here), NullLogger<AnswerPost>.Instance);
        var client = new GrainId(GrainTypePrefix.ClientGrainType, IdSpan.Create("k"));
        post.Tell(client, 1, new StepAnswer());
        var first = await receiver.NextAsync();
        post.Tell(client, 2, new StepAnswer());
        var second = await receiver.NextAsync();
        // A client learns from it where the stream's next step may go.
        Assert.Equal(Here, second.Bundle.Silo);
        Assert.Equal((2L, 1), (Assert.Single(second.Bundle.Calls), asked()));

        first.Taken.SetResult();
        second.Taken.SetResult();
        await HeldReceiver.UntilAsync(() => post.Receivers == 0);
        post.Tell(client, 3, new StepAnswer());
        var third = await receiver.NextAsync();
        Assert.Equal((3L, 2), (Assert.Single(third.Bundle.Calls), asked()));
        third.Taken.SetResult();
        await HeldReceiver.UntilAsync(() => post.Receivers == 0);
    }

    private static (IGrainFactory Factory, Func<int> Asked) Factory(Func<object?[]?, object?> answer)
    {
        var factory = DispatchProxy.Create<IGrainFactory, AskedFactory>();
        var asked = (AskedFactory)(object)factory;
        asked.Answer = answer;
        return (factory, () => asked.Asked);
    }
}

#pragma warning disable CA1852 // The proxy is a class that is derived from this one.
public class AskedFactory : DispatchProxy
{
    public int Asked { get; private set; }

    public Func<object?[]?, object?>? Answer { get; set; }

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
    {
        Asked++;
        return Answer!(args);
    }
}
