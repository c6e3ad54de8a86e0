namespace LstmOrleans.Silo.Storage;

/// <summary>Is told how a write ended just before its <see cref="IWriteEnd"/> is, on the same thread.</summary>
/// <remarks>
/// So nothing stands between the store and who waits: every async method there would cost a task and a turn of the grain's
/// scheduler for each event. What it does must be short, and what it sets is seen by whoever is told then.
/// </remarks>
internal interface IWriteObserver
{
    /// <summary>The write is on disk, under this etag.</summary>
    /// <param name="etag">The new etag.</param>
    /// <param name="began">When the write was asked for (<see cref="System.Diagnostics.Stopwatch.GetTimestamp"/>).</param>
    void Written(Etag etag, long began);

    /// <summary>It is not, or not certainly: <c>conflict</c>, <c>refused</c> or <c>failed</c>.</summary>
    void NotWritten(string outcome, long began);
}
