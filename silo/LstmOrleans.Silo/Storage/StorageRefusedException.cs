namespace LstmOrleans.Silo.Storage;

/// <summary>Storage refused a call and changed nothing: disk full, record too large, queue full, closing. The caller may try again later.</summary>
[GenerateSerializer, Alias("lstm.StorageRefusedException")]
public sealed class StorageRefusedException : Exception
{
    /// <inheritdoc />
    public StorageRefusedException()
    {
    }

    /// <inheritdoc />
    public StorageRefusedException(string message) : base(message)
    {
    }

    /// <inheritdoc />
    public StorageRefusedException(string message, Exception? innerException) : base(message, innerException)
    {
    }
}
