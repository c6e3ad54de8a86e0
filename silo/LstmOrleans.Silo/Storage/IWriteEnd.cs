namespace LstmOrleans.Silo.Storage;

/// <summary>Is told once how a write ends, on the thread that ends it: as a rule the writer thread, or within the call that asked for the write.</summary>
/// <remarks>
/// What it does must be short and must not throw. Who would rather await has a <see cref="TaskEnd"/>; a task and a turn of a scheduler behind it are most of
/// what the end of a write costs.
/// </remarks>
internal interface IWriteEnd
{
    /// <summary>The write is on disk, under this etag (default after a clear).</summary>
    void OnDisk(Etag etag);

    /// <summary>It is not, or not certainly.</summary>
    void Fails(Exception failure);
}
