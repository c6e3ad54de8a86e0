using System.Collections.Concurrent;
using LstmOrleans.Contracts.Streams;
using LstmOrleans.Silo.Streams;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Configuration;

namespace LstmOrleans.Silo.Steps;

/// <summary>The streams that are active in this silo and have had a step, by key.</summary>
internal sealed partial class LocalStreams(IGrainFactory grains, IOptions<GrainCollectionOptions> collection, ILogger<LocalStreams> logger)
{
    private readonly ConcurrentDictionary<string, StreamGrain> _streams = new();

    /// <summary>Milliseconds after which a stream is sent a message of Orleans again: what has none looks idle to it, and is put away in the end, however many steps it had here.</summary>
    public long LongestUnseen { get; } = (long)Math.Min(30_000, collection.Value.CollectionAge.TotalMilliseconds / 4);

    /// <summary>The stream, where it is here; it may be about to leave.</summary>
    public StreamGrain? Find(string key) => _streams.GetValueOrDefault(key);

    /// <summary>Sends a step as a message, wherever Orleans finds the stream. Its answer goes from there to the client. Never throws: what cannot be sent, as in a silo that stops, is lost as on any way,
    /// and its client sends it again.</summary>
    public void SendOn(StepRequest step, GrainId receiver, long call)
    {
        try
        {
            grains.GetGrain<IStreamGrain>(step.Key).Submit(step, receiver, call).Ignore();
        }
        catch (Exception exception)
        {
            LogNotSent(step.Key, exception);
        }
    }

    public void Enter(string key, StreamGrain stream) => _streams[key] = stream;

    // Its next activation may be here too, and already have entered.
    public void Leave(string key, StreamGrain stream) => _streams.TryRemove(new(key, stream));

    [LoggerMessage(Level = LogLevel.Warning, Message = "A step for stream '{Key}' could not be sent on; its client sends it again.")]
    private partial void LogNotSent(string key, Exception exception);
}
