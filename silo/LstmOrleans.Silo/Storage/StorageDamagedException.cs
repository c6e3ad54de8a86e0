namespace LstmOrleans.Silo.Storage;

/// <summary>What is stored under a key is not what was written there. The other keys are not affected.</summary>
[GenerateSerializer, Alias("lstm.StorageDamagedException")]
public sealed class StorageDamagedException : Exception
{
    /// <inheritdoc />
    public StorageDamagedException()
    {
    }

    /// <inheritdoc />
    public StorageDamagedException(string message) : base(message)
    {
    }

    /// <inheritdoc />
    public StorageDamagedException(string message, Exception? innerException) : base(message, innerException)
    {
    }

    internal StorageDamagedException(string key, string location, string finding)
        : base($"Record '{key}' in '{location}' is damaged: {finding}. Restore the store from a backup.")
    {
        Key = key;
        Location = location;
    }

    /// <summary>The key whose record is damaged.</summary>
    [Id(0)]
    public string Key { get; private set; } = "";

    /// <summary>The file or server that holds it.</summary>
    [Id(1)]
    public string Location { get; private set; } = "";
}
