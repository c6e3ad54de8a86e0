using LstmOrleans.Faults.Options;

namespace LstmOrleans.Faults.Producers;

/// <summary>What all producers of a run share.</summary>
internal sealed class ProducerContext
{
    public required FaultRunOptions Options { get; init; }

    public required ClusterConnection Connection { get; init; }

    public required OutputStore Outputs { get; init; }

    public required IReadOnlyList<StreamLedger> Ledgers { get; init; }

    public Conditions Conditions { get; } = new();

    public RunCounters Counters { get; } = new();

    public PauseBook Pauses { get; } = new();

    public StreamEvents Events(int stream) => new(Options.Seed, stream);

    /// <summary>Half the producers store their outputs before they go on.</summary>
    public static bool IsTransactional(int stream) => stream % 2 == 0;

    /// <summary>A quarter of the streams is opened as Checkpointed.</summary>
    public static bool IsCheckpointed(int stream) => stream % 4 == 3;

    /// <summary>The half that loses answers when it is told to; not the same half.</summary>
    public static bool MayLoseAnswers(int stream) => stream / 2 % 2 == 0;
}
