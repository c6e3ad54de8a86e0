using LstmOrleans.Silo.Storage;
using Microsoft.Extensions.Time.Testing;

namespace LstmOrleans.Cluster.Tests.Storage;

/// <summary>How often a store that is away says so.</summary>
public sealed class SeldomSaidTests
{
    [Fact]
    public void Failures_AreToldAtOnce_AndThenTogether()
    {
        var time = new FakeTimeProvider();
        var said = new SeldomSaid(time);
        Assert.Equal(3, said.Failed(3));
        Assert.Null(said.Failed(4));
        time.Advance(SeldomSaid.Period - TimeSpan.FromMilliseconds(1));
        Assert.Null(said.Failed(5));
        time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal(4 + 5 + 6, said.Failed(6));
        Assert.Null(said.Failed(1));
    }

    [Fact]
    public void WhatWasNotToldOfATroubleThatIsOver_IsNotCountedToTheNext()
    {
        var time = new FakeTimeProvider();
        var said = new SeldomSaid(time);
        Assert.Equal(3, said.Failed(3));
        Assert.Null(said.Failed(4));
        time.Advance(SeldomSaid.Period);
        Assert.Equal(2, said.Failed(2));
    }
}
