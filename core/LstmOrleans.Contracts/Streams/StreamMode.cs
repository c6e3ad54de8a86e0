namespace LstmOrleans.Contracts.Streams;

/// <summary>When a step is answered. A property of the stream, fixed at open.</summary>
public enum StreamMode
{
    /// <summary>Everything that leaves the grain is on disk.</summary>
    Durable = 0,

    /// <summary>Answers when applied, writes behind; answers beyond the durable position are provisional.</summary>
    Checkpointed = 1,
}

/// <summary>Choices fixed at open. Bits are part of the record format.</summary>
[Flags]
public enum StreamOptions
{
    /// <summary>Answers are the head's results where the model has a head; inputs and states must be finite.</summary>
    None = 0,

    /// <summary>Answers are the output (top layer's h) even where the model has a head.</summary>
    AnswerOutput = 1,

    /// <summary>NaN and infinity are let through, in inputs and in the state. A poisoned state never heals.</summary>
    AllowNonFinite = 2,

    /// <summary>The stream was reset, reopened or imported once: calls without a session must name the incarnation.</summary>
    IncarnationRequired = 4,

    /// <summary>The record's session is open. One that has ended stays in the record, so that a late opening of it finds itself replaced.</summary>
    SessionOpen = 8,
}
