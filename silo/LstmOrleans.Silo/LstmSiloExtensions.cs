using LstmOrleans.Silo.Answers;
using LstmOrleans.Silo.Batch;
using LstmOrleans.Silo.Leases;
using LstmOrleans.Silo.Models;
using LstmOrleans.Silo.Observation;
using LstmOrleans.Silo.Steps;
using LstmOrleans.Silo.Storage.Redis;
using LstmOrleans.Silo.Streams;
using LstmOrleans.Silo.Telemetry;
using LstmOrleans.Silo.Watching;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Orleans.Configuration;
using Orleans.Storage;

namespace Orleans.Hosting;

/// <summary>Registration of the LSTM grains and what they stand on.</summary>
public static class LstmSiloExtensions
{
    /// <summary>Name of the grain storage provider that keeps the streams.</summary>
    public const string StorageName = StreamGrain.StorageName;

    /// <summary>Name of the meter and of the activity source.</summary>
    public const string MeterName = LstmMeter.Name;

    /// <summary>Adds streams, batch forward and models; a grain storage named <c>streams</c> must be added beside it.</summary>
    /// <param name="builder">The silo.</param>
    /// <param name="models">Where the models are.</param>
    /// <param name="window">The window given to streams at open.</param>
    public static ISiloBuilder AddLstm(this ISiloBuilder builder, Action<ModelStoreOptions> models, Action<StreamsOptions>? window = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        var services = builder.Services;
        services.AddOptions<ModelStoreOptions>().Configure(models).ValidateOnStart();
        services.AddOptions<StreamsOptions>().Configure(window ?? (_ => { })).ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<ModelStoreOptions>, ModelStoreOptionsValidator>());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<StreamsOptions>, StreamsOptionsValidator>());
        // A stream that is put away costs one read when its next event comes; a silo that is out of memory costs all of its streams, on the next silo too.
        services.Configure<GrainCollectionOptions>(options =>
        {
            options.EnableActivationSheddingOnMemoryPressure = true;
            // Streams are opened at some 10,000 a second, 50 MB: looked at every 5 s, as Orleans does, it would come too late.
            options.MemoryUsagePollingPeriod = TimeSpan.FromSeconds(1);
        });
        services.AddMetrics();
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<LstmMeter>();
        services.TryAddSingleton<ModelStore>();
        services.TryAddSingleton<StreamAdmission>();
        services.TryAddSingleton<StreamFailures>();
        services.TryAddSingleton<StepCalls>();
        services.TryAddSingleton<AnswerPost>();
        services.TryAddSingleton<LocalStreams>();
        services.AddPlacementDirector<SiloInKeyPlacement, SiloInKeyDirector>();
        services.TryAddSingleton<CheckpointClock>();
        services.TryAddSingleton<WatchLimits>();
        services.TryAddSingleton<StreamWatches>();
        services.AddHostedService<StreamSweep>();
        services.TryAddSingleton<StreamHandover>();
        services.AddHostedService<SiloInstruments>();
        services.TryAddSingleton<SiloObserver>();
        services.TryAddSingleton<SiloObservationClient>();
        services.AddHostedService(provider => provider.GetRequiredService<SiloObserver>());
        services.AddGrainService<SiloObservationService>();
        services.TryAddSingleton<BatchCompute>();
        services.TryAddSingleton<IReadLease>(provider => new AlwaysHeldLease(isAlone: provider.GetKeyedService<IGrainStorage>(StorageName) is not RedisGrainStorage));
        return builder;
    }

    /// <summary>Reads of streams only while the membership table shows this silo active: for every silo that is not alone. Call it before <see cref="AddLstm"/>.</summary>
    /// <param name="builder">The silo.</param>
    /// <param name="options">How long a look at the table is trusted.</param>
    public static ISiloBuilder AddMembershipLease(this ISiloBuilder builder, Action<ReadLeaseOptions>? options = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        var services = builder.Services;
        services.AddOptions<ReadLeaseOptions>().Configure(options ?? (_ => { })).ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<ReadLeaseOptions>, ReadLeaseOptionsValidator>());
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton<MembershipLease>();
        services.AddSingleton<IReadLease>(provider => provider.GetRequiredService<MembershipLease>());
        services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>>(provider => provider.GetRequiredService<MembershipLease>());
        return builder;
    }
}
