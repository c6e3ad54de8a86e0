namespace LstmOrleans.Silo.Storage;

/// <summary>Told once when a store ends. Every registered observer is called; the default one stops the host with a non-zero exit code.</summary>
public interface IStorageFailureObserver
{
    /// <summary>The store of the named provider has ended and will not serve again.</summary>
    void StorageFailed(string providerName, StorageFailedException failure);
}
