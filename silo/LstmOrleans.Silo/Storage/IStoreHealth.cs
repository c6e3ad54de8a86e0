namespace LstmOrleans.Silo.Storage;

/// <summary>What an operator should know about a store.</summary>
public interface IStoreHealth
{
    /// <summary>What is wrong with how the store is set up, for example that it may lose what it acknowledged; null where nothing is.</summary>
    string? Warning { get; }

    /// <summary>Why writing fails at this time: the last writes were refused, or nobody knows what became of them. Null where they worked, or there were none lately.</summary>
    string? Problem => null;
}
