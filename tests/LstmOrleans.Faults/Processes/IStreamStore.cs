namespace LstmOrleans.Faults.Processes;

/// <summary>The store of a run, as far as the silos and the faults see it.</summary>
internal interface IStreamStore : IAsyncDisposable
{
    /// <summary>Settings of a silo's environment.</summary>
    IReadOnlyDictionary<string, string> SiloSettings(int silo);

    /// <summary>Settings of a client.</summary>
    IReadOnlyDictionary<string, string?> ClientSettings { get; }
}

/// <summary>The embedded store: a file of the one silo, nothing to set.</summary>
internal sealed class EmbeddedStore : IStreamStore
{
    public IReadOnlyDictionary<string, string?> ClientSettings { get; } = new Dictionary<string, string?>();

    public IReadOnlyDictionary<string, string> SiloSettings(int silo) => new Dictionary<string, string>();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
