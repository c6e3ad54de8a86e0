namespace LstmOrleans.Silo.Storage;

/// <summary>The writes of an <see cref="IGroupStore"/> as tasks.</summary>
internal static class GroupStoreTasks
{
    /// <summary>As <see cref="IGroupStore.Write"/>. Returns once it is on disk.</summary>
    /// <returns>The record's new etag.</returns>
    public static Task<Etag> WriteAsync(this IGroupStore store, StorageKey key, ReadOnlyMemory<byte> data, Etag? expected, IWriteObserver? observer = null)
    {
        var end = new TaskEnd();
        store.Write(key, data, expected, observer, end);
        return end.Task;
    }

    /// <summary>As <see cref="IGroupStore.Clear"/>. Returns once that is on disk.</summary>
    public static Task ClearAsync(this IGroupStore store, StorageKey key, Etag? expected, IWriteObserver? observer = null)
    {
        var end = new TaskEnd();
        store.Clear(key, expected, observer, end);
        return end.Task;
    }
}
