namespace LstmOrleans.Faults.Producers;

/// <summary>What the schedule tells the producers to do to themselves. Set by the director, read by every producer.</summary>
internal sealed class Conditions
{
    /// <summary>Throw away the answers of every second stream, as if they were lost on the way: their events are applied and unanswered.</summary>
    public volatile bool LoseAnswers;

    /// <summary>Send copies, send out of order, send late.</summary>
    public volatile bool Disturb;

    /// <summary>Send nothing new; deliver what was sent.</summary>
    public volatile bool Drain;

    /// <summary>Send nothing new for now.</summary>
    public volatile bool Still;

    /// <summary>Write as much as goes: no pace.</summary>
    public volatile bool FullLoad;
}
