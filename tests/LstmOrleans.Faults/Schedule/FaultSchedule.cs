namespace LstmOrleans.Faults.Schedule;

/// <summary>A fault that is to come.</summary>
/// <param name="Number">1, 2, ...</param>
/// <param name="Fault">Its kind.</param>
/// <param name="Seed">Of everything random in it.</param>
/// <param name="Gap">Time without faults before it.</param>
internal sealed record PlannedFault(int Number, IFault Fault, int Seed, TimeSpan Gap);

/// <summary>The seeded order of faults: shuffled decks of all kinds, so that each kind comes as often as any other.</summary>
internal sealed class FaultSchedule(IReadOnlyList<IFault> kinds, int seed)
{
    public IReadOnlyList<IFault> Kinds => kinds;

    /// <summary>The endless list; the same seed and kinds give the same list.</summary>
    public IEnumerable<PlannedFault> Plan()
    {
        var random = new Random(seed);
        IFault[] deck = [.. kinds];
        for (int number = 1; deck.Length > 0;)
        {
            random.Shuffle(deck);
            foreach (var fault in deck)
                yield return new PlannedFault(number++, fault, random.Next(), TimeSpan.FromMilliseconds(random.Next(500, 2_000)));
        }
    }
}
