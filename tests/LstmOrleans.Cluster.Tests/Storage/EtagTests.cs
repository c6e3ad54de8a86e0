using LstmOrleans.Silo.Storage;

namespace LstmOrleans.Cluster.Tests.Storage;

public sealed class EtagTests
{
    [Fact]
    public async Task New_OnManyThreads_IsNeverTheSameTwice()
    {
        // More than one range of counts for each thread.
        const int OfAThread = 150_000;
        var made = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Factory.StartNew(
            () => Enumerable.Range(0, OfAThread).Select(_ => Etag.New().Bits).ToArray(), TaskCreationOptions.LongRunning)));
        Assert.Equal(4 * OfAThread, made.SelectMany(bits => bits).Distinct().Count());
    }

    [Fact]
    public void TryParse_OfItsText_IsTheSame()
    {
        var etag = Etag.New(rowId: 42);
        Assert.True(Etag.TryParse(etag.ToString(), out var parsed));
        Assert.Equal(etag, parsed);
    }
}
