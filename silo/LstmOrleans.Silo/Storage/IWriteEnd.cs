namespace LstmOrleans.Silo.Storage;

/// <summary>Is told how a write ends just before its task does, on the thread that ends it: as a rule the writer thread, or within the call that asked for the write.</summary>
/// <remarks>For who needs no turn of a scheduler then, which is most of what awaiting the task costs. What it does must be short and must not throw.</remarks>
internal interface IWriteEnd
{
    /// <summary>The write is on disk, under this etag.</summary>
    void OnDisk(Etag etag);

    /// <summary>It is not, or not certainly; the task, which says why, fails next.</summary>
    void Fails(Task<Etag> write);
}
