using System.Runtime.ExceptionServices;
using LstmOrleans.Client;
using LstmOrleans.Demo.Inputs;
using LstmOrleans.Demo.Overlay;
using LstmOrleans.Demo.Store;

namespace LstmOrleans.Demo.Playing;

/// <summary>Plays all streams side by side; the first failure ends them all.</summary>
internal static class AllStreams
{
    public static async Task Play(
        IReadOnlyList<IStreamRows> streams, IReadOnlyList<StoredStream> stored, ForecasterModel model, LstmClient client,
        CommitQueue commits, IPlayObserver observer, IReadOnlyList<StreamTrace> traces, int eventsPerCall, CancellationToken cancellation)
    {
        var players = streams.Select((stream, index) => new StreamPlayer(stream, stored[index], model.Scorer, traces[index], eventsPerCall)).ToArray();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        Exception? failure = null;
        await Task.WhenAll(players.Select(player => Task.Run(async () =>
        {
            try
            {
                await player.Play(client, model.Hash, commits, observer, stop.Token);
            }
            catch (Exception error)
            {
                // Only the first one is the cause; the others are streams that were stopped.
                Interlocked.CompareExchange(ref failure, error, null);
                await stop.CancelAsync();
            }
        }, CancellationToken.None)));
        cancellation.ThrowIfCancellationRequested();
        if (failure != null)
            ExceptionDispatchInfo.Throw(failure);
    }
}
