namespace LstmOrleans.Silo.Storage;

/// <summary>Storage could not be opened: held by another process, made by another program or a newer version, not readable.</summary>
public sealed class StorageOpenException : Exception
{
    /// <inheritdoc />
    public StorageOpenException()
    {
    }

    /// <inheritdoc />
    public StorageOpenException(string message) : base(message)
    {
    }

    /// <inheritdoc />
    public StorageOpenException(string message, Exception? innerException) : base(message, innerException)
    {
    }
}
