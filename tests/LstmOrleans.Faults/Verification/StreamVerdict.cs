namespace LstmOrleans.Faults.Verification;

/// <summary>What the comparison of one stream found. All zero and no problem = as it must be.</summary>
internal sealed record StreamVerdict
{
    /// <summary>Events that were acknowledged and are not in the stream, and answers that can never be told.</summary>
    public long Lost { get; init; }

    /// <summary>Events that are in the stream more than once, and outputs that were stored twice.</summary>
    public long Doubled { get; init; }

    /// <summary>Positions whose answer, and states, whose bits differ from the offline forward.</summary>
    public long Different { get; init; }

    /// <summary>Events that were sent and never answered.</summary>
    public long Unanswered { get; init; }

    /// <summary>The first thing that was found; null = nothing.</summary>
    public string? Problem { get; init; }
}
