namespace LstmOrleans.Silo.Storage;

/// <summary>
/// The store has ended. For a write that was under way the outcome is unknown: it may be found in storage after a restart, or not.
/// No later call succeeds; the process is expected to exit and start again.
/// </summary>
[GenerateSerializer, Alias("lstm.StorageFailedException")]
public sealed class StorageFailedException : Exception
{
    /// <inheritdoc />
    public StorageFailedException()
    {
    }

    /// <inheritdoc />
    public StorageFailedException(string message) : base(message)
    {
    }

    /// <inheritdoc />
    public StorageFailedException(string message, Exception? innerException) : base(message, innerException)
    {
    }
}
