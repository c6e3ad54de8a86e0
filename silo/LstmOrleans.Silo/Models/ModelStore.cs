using System.Collections.Concurrent;
using System.Diagnostics;
using LstmOrleans.Numerics;
using LstmOrleans.Numerics.ModelFile;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace LstmOrleans.Silo.Models;

/// <summary>One packed copy of each model per silo, found by content hash, loaded once, freed when no stream uses it.</summary>
public sealed partial class ModelStore
{
    private readonly ModelDirectory _directory;
    private readonly ILogger<ModelStore> _logger;

    // Weak: streams and batches hold their model; when the last lets go, the memory goes too and the next user loads it again.
    private readonly ConcurrentDictionary<ModelHash, WeakReference<LstmModel>> _loaded = new();
    private readonly Dictionary<ModelHash, Task<(LstmModel? Model, string Problem)>> _underWay = [];
    private long _loads;

    /// <summary>A store over the folder named in the options.</summary>
    public ModelStore(IOptions<ModelStoreOptions> options, ILogger<ModelStore> logger)
    {
        ArgumentNullException.ThrowIfNull(options);
        _directory = new ModelDirectory(options.Value.Directory);
        _logger = logger;
    }

    /// <summary>The folder.</summary>
    public ModelDirectory Directory => _directory;

    /// <summary>Models that were read from their files; one that was freed and is used again counts anew.</summary>
    internal long Loads => Volatile.Read(ref _loads);

    /// <summary>Models in memory.</summary>
    internal long Loaded => _loaded.Values.Count(weak => weak.TryGetTarget(out _));

    /// <summary>Finds a model by name or hash.</summary>
    public bool TryResolve(string model, out ModelHash hash) => _directory.TryResolve(model, out hash);

    /// <summary>For a person: a model that <see cref="TryResolve"/> did not find.</summary>
    public string Unknown(string model)
    {
        string[] known = [.. _directory.Names().Select(entry => entry.Name)];
        string have = known.Length == 0 ? "it has none" : $"it has {string.Join(", ", known.Take(10))}";
        return $"There is no model '{model}' in {_directory.Path} ({have}). Import it: lstm model import FILE --name NAME.";
    }

    /// <summary>Loads a model, or says why it is not to be had now; waits for it, but not for ever.</summary>
    /// <returns>The model, or null with the reason.</returns>
    public Task<(LstmModel? Model, string Problem)> LoadAsync(ModelHash hash) => WithinAsync(BeginLoad(hash), hash);

    /// <summary>Loads models one behind the other, so that those that nobody uses are freed again; for all together it waits as long as for one.</summary>
    internal async IAsyncEnumerable<(LstmModel? Model, string Problem)> LoadAsync(IEnumerable<ModelHash> hashes)
    {
        long began = Stopwatch.GetTimestamp();
        foreach (var hash in hashes)
        {
            var left = Patience - Stopwatch.GetElapsedTime(began);
            yield return await WithinAsync(BeginLoad(hash), hash, left > TimeSpan.Zero ? left : TimeSpan.Zero);
        }
    }

    /// <summary>Begins to load a model. All who ask meanwhile get the same load, and none of them waits on a thread.</summary>
    internal Task<(LstmModel? Model, string Problem)> BeginLoad(ModelHash hash)
    {
        if (TryCached(hash) is { } cached)
            return Task.FromResult<(LstmModel?, string)>((cached, ""));
        lock (_underWay)
        {
            if (TryCached(hash) is { } loadedMeanwhile)
                return Task.FromResult<(LstmModel?, string)>((loadedMeanwhile, ""));
            if (!_underWay.TryGetValue(hash, out var load))
            {
                // A thread of its own: reading and packing a large model takes long, a folder that hangs for ever, and those of the pool serve all other streams.
                load = Task.Factory.StartNew(() => Load(hash), CancellationToken.None, TaskCreationOptions.LongRunning | TaskCreationOptions.DenyChildAttach, TaskScheduler.Default);
                _underWay.Add(hash, load);
            }

            return load;
        }
    }

    /// <summary>How long a call waits for a load; the load goes on. Calls that wait without an end would take all places that a silo has for calls. Below the time limit of the client's calls, so that it hears why.</summary>
    internal TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(8);

    /// <summary>Waits for what <see cref="BeginLoad"/> gave, but not for ever.</summary>
    /// <param name="load">The load.</param>
    /// <param name="hash">Of which model.</param>
    /// <param name="patience">Null = <see cref="Patience"/>.</param>
    internal async Task<(LstmModel? Model, string Problem)> WithinAsync(Task<(LstmModel? Model, string Problem)> load, ModelHash hash, TimeSpan? patience = null)
    {
        try
        {
            return await load.WaitAsync(patience ?? Patience);
        }
        catch (TimeoutException)
        {
            return (null, $"Model {hash} could not be read from {_directory.Path} within {Patience.TotalSeconds:f0} s. Look whether that folder's disk answers; send again.");
        }
    }

    private (LstmModel? Model, string Problem) Load(ModelHash hash)
    {
        try
        {
            var model = new LstmModel(_directory.Load(hash));
            _loaded[hash] = new WeakReference<LstmModel>(model);
            Interlocked.Increment(ref _loads);
            foreach (string warning in model.Shape.Warnings)
                LogWarningOf(hash, warning);
            return (model, "");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ModelFileException or ArgumentException)
        {
            return (null, exception is FileNotFoundException or DirectoryNotFoundException
                ? $"Model {hash} is not in {_directory.Path}. Import it there (lstm model import) or copy its file."
                : exception.Message);
        }
        finally
        {
            lock (_underWay)
                _underWay.Remove(hash);
        }
    }

    private LstmModel? TryCached(ModelHash hash) => _loaded.TryGetValue(hash, out var weak) && weak.TryGetTarget(out var model) ? model : null;
}
