using LstmOrleans.Contracts.Streams;

namespace LstmOrleans.Client;

/// <summary>A call was refused. The message is one line for a person: value, rule, remedy.</summary>
public sealed class LstmException : Exception
{
    /// <summary>A refusal with its status.</summary>
    public LstmException(StreamStatus status, string message, Exception? innerException = null) : base(message, innerException) => Status = status;

    /// <summary>Why.</summary>
    public StreamStatus Status { get; }

    /// <summary>Where the stream stands, where that is known.</summary>
    public long Position { get; init; }

    /// <summary>With Duplicate: answers to the last inputs of the call, those that were not confirmed before.</summary>
    public IReadOnlyList<float> Answers { get; init; } = [];

    /// <summary>The stream's incarnation, where that is known.</summary>
    public ulong Incarnation { get; init; }

    /// <summary>With Fenced: the session that holds the stream, or held it last; 0 where that is not known.</summary>
    public ulong Session { get; init; }

    internal static LstmException Regressed(string key, long position, long acknowledged) => new(StreamStatus.StateRegressed,
        $"Stream '{key}' stands at position {position}, but {acknowledged} was acknowledged: "
            + "its store came back older than what it had told (a restored backup, a lost disk). Restore the newer store; "
            + "nothing was sent.")
    {
        Position = position,
    };
}
