namespace LstmOrleans.Silo.Storage;

/// <summary>Threads of a store's own: what blocks on a disk or a server must not hold threads of the pool.</summary>
internal static class StoreThread
{
    /// <summary>Runs a loop on a named thread.</summary>
    /// <returns>Completes when the loop has ended.</returns>
    public static Task Run(string name, Action loop)
    {
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        new Thread(() =>
        {
            loop();
            ended.SetResult();
        })
        {
            IsBackground = true,
            Name = name,
        }.Start();
        return ended.Task;
    }
}
