namespace LstmOrleans.Silo.Storage;

/// <summary>What an operator should know about a store that works.</summary>
public interface IStoreHealth
{
    /// <summary>What is wrong with how the store is set up, for example that it may lose what it acknowledged; null where nothing is.</summary>
    string? Warning { get; }
}
