using System.Collections.Concurrent;
using LstmOrleans.Client;
using LstmOrleans.Contracts.Streams;
using LstmOrleans.Faults.Options;

namespace LstmOrleans.Faults.Producers;

/// <summary>What all producers of a run share.</summary>
internal sealed class ProducerContext
{
    private readonly ConcurrentDictionary<int, StreamCalls> _calls = new();

    public required FaultRunOptions Options { get; init; }

    public required ClusterConnection Connection { get; init; }

    /// <summary>The client library, for producers with a session; what comes over it is written into the ledgers.</summary>
    public LstmClient Sessions { get; set; } = null!;

    public required OutputStore Outputs { get; init; }

    public required IReadOnlyList<StreamLedger> Ledgers { get; init; }

    public Conditions Conditions { get; } = new();

    public RunCounters Counters { get; } = new();

    public PauseBook Pauses { get; } = new();

    /// <summary>Calls of a stream over the shared connection.</summary>
    public StreamCalls CallsOf(int stream) => _calls.GetOrAdd(stream, (key, context) => new StreamCalls(context, key), this);

    public StreamEvents Events(int stream) => new(Options.Seed, stream);

    /// <summary>Half the producers hold a session of the client library and store outputs and position in one transaction before they go on.</summary>
    public static bool HasSession(int stream) => stream % 2 == 0;

    /// <summary>A quarter of the streams is opened as Checkpointed, half of those with a session.</summary>
    public static bool IsCheckpointed(int stream) => stream % 8 is 3 or 6;

    public static StreamMode ModeOf(int stream) =>
        IsCheckpointed(stream) ? StreamMode.Checkpointed : StreamMode.Durable;

    /// <summary>The half that loses answers when it is told to; not the same half.</summary>
    public static bool MayLoseAnswers(int stream) => stream / 2 % 2 == 0;
}
