using LstmOrleans.Silo.Storage;
using Microsoft.Extensions.Time.Testing;

namespace LstmOrleans.Cluster.Tests.Storage;

public sealed class WriteHealthTests
{
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void Problem_LastWriteWorked_IsNone()
    {
        var health = new WriteHealth(_time);
        Assert.Null(health.Problem);
        health.Failed("disk full");
        Assert.Equal("disk full", health.Problem);
        health.Worked();
        Assert.Null(health.Problem);
    }

    [Fact]
    public void Problem_NothingWrittenSince_IsForgottenSoThatWorkComesAgain()
    {
        var health = new WriteHealth(_time);
        health.Failed("disk full");
        _time.Advance(WriteHealth.Remembered - TimeSpan.FromMilliseconds(1));
        Assert.Equal("disk full", health.Problem);
        _time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Null(health.Problem);
    }
}
