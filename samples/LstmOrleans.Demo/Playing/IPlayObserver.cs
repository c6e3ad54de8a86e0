using LstmOrleans.Demo.Store;

namespace LstmOrleans.Demo.Playing;

/// <summary>Is told what was stored.</summary>
internal interface IPlayObserver
{
    /// <summary>Takes in what a stream has stored.</summary>
    void Stored(int streamId, StreamCommit commit);
}
