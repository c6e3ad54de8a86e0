using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Storage;

namespace LstmOrleans.Faults.Sabotage;

/// <summary>Puts something around what the product has registered.</summary>
internal static class StorageDecoration
{
    /// <summary>Wraps the storage of the streams.</summary>
    public static void Wrap(IServiceCollection services, Func<IGrainStorage, IGrainStorage> wrap)
    {
        var original = services.Last(service => service.ServiceType == typeof(IGrainStorage) && Equals(service.ServiceKey, LstmSiloExtensions.StorageName));
        services.Remove(original);
        var create = original.KeyedImplementationFactory
            ?? throw new InvalidOperationException("The storage of the streams is not registered by a factory any more; adapt this.");
        services.AddKeyedSingleton(LstmSiloExtensions.StorageName, (provider, key) => wrap((IGrainStorage)create(provider, key)));
    }

    /// <summary>Adds a filter of the calls that arrive at grains.</summary>
    public static void Filter<T>(WebApplicationBuilder builder)
        where T : class, IIncomingGrainCallFilter =>
        builder.Services.AddSingleton<IIncomingGrainCallFilter, T>();
}

/// <summary>A storage around another one, which still takes part in the silo's start and stop.</summary>
internal abstract class WrappedStorage(IGrainStorage inner) : IGrainStorage, ILifecycleParticipant<ISiloLifecycle>
{
    protected IGrainStorage Inner => inner;

    public void Participate(ISiloLifecycle observer) => (inner as ILifecycleParticipant<ISiloLifecycle>)?.Participate(observer);

    public virtual Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) => inner.ReadStateAsync(stateName, grainId, grainState);

    public abstract Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState);

    public virtual Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) => inner.ClearStateAsync(stateName, grainId, grainState);
}
