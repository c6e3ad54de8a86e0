using LstmOrleans.Silo.Storage;

namespace LstmOrleans.Cluster.Tests.Storage;

public sealed class GroupWriteTests
{
    // Whoever listens to a metric may throw; the write must still be told, as failed.
    [Fact]
    public async Task ObserverThatThrows_LeavesTheWriteToBeToldAsFailed()
    {
        var end = new TaskEnd();
        var write = new Write(new Throwing(), end);
        Assert.Throws<InvalidOperationException>(write.Complete);
        Assert.False(write.HasEnded);
        write.Fail(new StorageRefusedException("Send again."), "unknown");
        Assert.True(write.HasEnded);
        await Assert.ThrowsAsync<StorageRefusedException>(() => end.Task);
    }

    private sealed class Write(IWriteObserver observer, IWriteEnd end) : GroupWrite(null, observer, end);

    private sealed class Throwing : IWriteObserver
    {
        public void Written(Etag etag, long began) => throw new InvalidOperationException("A listener.");

        public void NotWritten(string outcome, long began)
        {
        }
    }
}
