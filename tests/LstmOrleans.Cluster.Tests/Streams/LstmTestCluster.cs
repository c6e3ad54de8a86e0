using System.Runtime.InteropServices;
using LstmOrleans.Client;
using LstmOrleans.Contracts.Streams;
using LstmOrleans.Numerics;
using LstmOrleans.Numerics.ModelFile;
using LstmOrleans.Silo.Streams;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Storage;
using Orleans.TestingHost;

namespace LstmOrleans.Cluster.Tests.Streams;

/// <summary>Silos in this process over <see cref="FaultyStorage"/>, with a folder of models.</summary>
internal sealed class LstmTestCluster : IAsyncDisposable
{
    private readonly InProcessTestCluster _cluster;
    private readonly string _folder;

    private LstmTestCluster(InProcessTestCluster cluster, FaultyStorage storage, ModelDirectory models, string folder) =>
        (_cluster, Storage, Models, _folder) = (cluster, storage, models, folder);

    public FaultyStorage Storage { get; }

    public ModelDirectory Models { get; }

    public LstmModel Model { get; } = new(TestModels.Small());

    /// <summary>Tries each call once: a test decides itself what is sent again.</summary>
    public LstmClient Client => new(_cluster.Client, new RetryPolicy { GiveUpAfter = TimeSpan.Zero });

    public static async Task<LstmTestCluster> StartAsync(short silos = 1, Action<StreamsOptions>? streams = null, Action<IServiceCollection>? services = null)
    {
        string folder = Path.Combine(Path.GetTempPath(), "lstm-cluster-tests", Guid.NewGuid().ToString("N"));
        var models = new ModelDirectory(folder);
        models.Add(TestModels.Small(), "small");
        models.Add(TestModels.Small(bidirectional: true), "both");
        var storage = new FaultyStorage();
        var builder = new InProcessTestClusterBuilder(silos);
        builder.ConfigureSilo((_, silo) =>
        {
            services?.Invoke(silo.Services);
            silo.AddLstm(options => options.Directory = folder, streams);
            silo.Services.AddKeyedSingleton<IGrainStorage>(LstmSiloExtensions.StorageName, storage);
        });
        var cluster = builder.Build();
        await cluster.DeployAsync();
        return new LstmTestCluster(cluster, storage, models, folder);
    }

    public IStreamGrain Grain(string key) => _cluster.Client.GetGrain<IStreamGrain>(key);

    public IGrainFactory Grains => _cluster.Client;

    public InProcessTestCluster Silos => _cluster;

    public async Task<IStreamGrain> OpenAsync(string key, ulong incarnation = 7, StreamMode mode = StreamMode.Durable)
    {
        var opened = await Grain(key).Open(new OpenRequest { Key = key, Incarnation = incarnation, Model = "small", Mode = mode });
        Assert.Equal(StreamStatus.Ok, opened.Status);
        return Grain(key);
    }

    public static StepRequest Request(string key, long first, int count, ulong incarnation = 7) => new()
    {
        Key = key,
        Incarnation = incarnation,
        FirstPosition = first,
        Count = count,
        Inputs = MemoryMarshal.AsBytes(Inputs(first, count).AsSpan()).ToArray(),
    };

    public static float[] Inputs(long first, int count) => [.. Enumerable.Range(0, count * 3).Select(index => MathF.Sin((first * 3) + index))];

    /// <summary>The stream stands at a position with exactly the state of one full-sequence forward.</summary>
    public async Task AssertStandsAt(string key, int position)
    {
        var view = await Grain(key).Show();
        Assert.Equal((StreamStatus.Ok, (long)position), (view.Status, view.Position));
        float[] output = new float[position * 5], h = new float[10], c = new float[10];
        Model.Forward(Inputs(1, position), 1, position, [], true, output, h, c);
        Assert.Equal(h, LstmClient.ToFloats(view.H));
        Assert.Equal(c, LstmClient.ToFloats(view.C));
    }

    public async ValueTask DisposeAsync()
    {
        await _cluster.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }
}
