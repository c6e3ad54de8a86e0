using LstmOrleans.Silo.Storage;
using Orleans.Storage;

namespace LstmOrleans.Cluster.Tests.Storage;

/// <summary>The short way of writing (<see cref="IRecordStore"/>) against the one of Orleans: the same row under the same etags.</summary>
internal static class ShortWay
{
    public static async Task AssertSameRowAsync(IGrainStorage storage)
    {
        var grain = GrainId.Create("stream", "short");
        var records = Assert.IsAssignableFrom<IRecordStore>(storage);
        var key = new StorageKey("stream", grain);
        byte[] bytes = [1, 2];
        var first = await WriteAsync(null);
        // The bytes are the caller's again.
        bytes[0] = 9;
        var read = new GrainState<StreamRecordBlob>();
        await storage.ReadStateAsync("stream", grain, read);
        Assert.Equal([1, 2], read.State!.Record);
        Assert.Equal(first.ToString(), read.ETag);

        await Assert.ThrowsAsync<InconsistentStateException>(() => WriteAsync(null));
        var second = await WriteAsync(first);
        var conflict = await Assert.ThrowsAsync<InconsistentStateException>(() => WriteAsync(first));
        Assert.Equal((second.ToString(), first.ToString()), (conflict.StoredEtag, conflict.CurrentEtag));
        await Assert.ThrowsAsync<InconsistentStateException>(() => storage.WriteStateAsync("stream", grain, read));

        await storage.ReadStateAsync("stream", grain, read);
        Assert.Equal([9, 2], read.State!.Record);
        await storage.WriteStateAsync("stream", grain, read);
        await Assert.ThrowsAsync<InconsistentStateException>(() => WriteAsync(second));

        Task<Etag> WriteAsync(Etag? expected)
        {
            var end = new TaskEnd();
            records.Write(key, bytes, expected, end);
            return end.Task;
        }
    }
}
