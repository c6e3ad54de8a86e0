namespace LstmOrleans.Silo.Storage;

/// <summary>What a readiness check asks of a store. Implemented by grain storages whose server may be set up in a way that loses acknowledged writes.</summary>
internal interface IStoreHealth
{
    /// <summary>Why this store can lose acknowledged writes and what to change; null where it cannot.</summary>
    string? Warning { get; }
}
