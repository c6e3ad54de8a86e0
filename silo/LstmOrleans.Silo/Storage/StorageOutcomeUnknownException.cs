namespace LstmOrleans.Silo.Storage;

/// <summary>
/// Nobody can tell whether this write happened: no answer in time, or the connection was lost behind it. The store goes on. Read the record
/// again: the known etag means that it did not happen so far, any other that somebody else may have written.
/// </summary>
[GenerateSerializer, Alias("lstm.StorageOutcomeUnknownException")]
public sealed class StorageOutcomeUnknownException : Exception
{
    /// <inheritdoc />
    public StorageOutcomeUnknownException()
    {
    }

    /// <inheritdoc />
    public StorageOutcomeUnknownException(string message) : base(message)
    {
    }

    /// <inheritdoc />
    public StorageOutcomeUnknownException(string message, Exception? innerException) : base(message, innerException)
    {
    }
}
