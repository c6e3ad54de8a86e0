namespace LstmOrleans.Silo.Storage;

/// <summary>Is told how a write ended before its task completes, on the writer thread.</summary>
/// <remarks>
/// So the caller gets the write's own task: every async method between the store and a grain would cost a task and a turn of the grain's
/// scheduler for each event. What it does must be short, and what it sets is seen by whoever awaits the task.
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
