namespace LstmOrleans.Recording.Faults;

/// <summary>
/// Which fault comes when: a pure function of seed, length, kinds and rules.
/// </summary>
/// <remarks>
/// The time after the warm-up is cut into equal rounds, and each round holds every kind once in shuffled order. Kinds are
/// therefore equally frequent, and with three rounds or more each is also in the last third, where a split by time puts
/// its test part. Within a round: the pauses get their minimum, and what is left over is spread over them at random.
/// A recording too short for one round gets the first kinds of a shuffled round.
/// </remarks>
public static class FaultSchedule
{
    /// <summary>Draws the faults of a recording of <paramref name="total"/> seconds.</summary>
    public static IReadOnlyList<PlannedFault> Plan(int seed, double total, IReadOnlyList<FaultKind> kinds, FaultRules rules)
    {
        ArgumentNullException.ThrowIfNull(kinds);
        ArgumentNullException.ThrowIfNull(rules);

        var random = new Random(seed);
        var available = total - rules.Warmup;
        var rounds = (int)(available / Room(kinds, rules));
        if (rounds > 0)
        {
            var window = available / rounds;
            return [.. Enumerable.Range(0, rounds).SelectMany(
                round => Fill(random, Shuffled(random, kinds), rules.Warmup + round * window, window, rules))];
        }

        var order = Shuffled(random, kinds);
        var count = 0;
        while (count < order.Length && Room(order.AsSpan(0, count + 1).ToArray(), rules) <= available) count++;
        return count == 0 ? [] : [.. Fill(random, order[..count], rules.Warmup, available, rules)];
    }

    /// <summary>The time these kinds need once each: limited by the share they may take, or by their pauses.</summary>
    private static double Room(IReadOnlyList<FaultKind> kinds, FaultRules rules)
    {
        var faulty = kinds.Sum(kind => (Shortest(kind, rules) + Longest(kind, rules)) / 2);
        return Math.Max(faulty / rules.Share, faulty + kinds.Count * rules.Pause);
    }

    private static IEnumerable<PlannedFault> Fill(Random random, FaultKind[] order, double start, double window, FaultRules rules)
    {
        var durations = order.Select(kind => Between(random, Shortest(kind, rules), Longest(kind, rules))).ToArray();
        // A draw that is too long in sum is shrunk towards the shortest durations, not cut off at its end.
        var allowed = Math.Min(rules.Share * window, window - order.Length * rules.Pause);
        var least = order.Length * rules.Shortest;
        var shrink = Math.Min(1, (allowed - least) / (durations.Sum() - least));
        for (var i = 0; i < durations.Length; i++) durations[i] = rules.Shortest + (durations[i] - rules.Shortest) * shrink;

        var slack = window - durations.Sum() - order.Length * rules.Pause;
        // One part before the first fault, one after each.
        var parts = Enumerable.Range(0, order.Length + 1).Select(_ => random.NextDouble()).ToArray();
        var scale = slack / parts.Sum();
        var at = start + parts[0] * scale;
        for (var i = 0; i < order.Length; i++)
        {
            var intensity = Math.Round(random.NextDouble(), 3);
            yield return new PlannedFault(order[i].Name, Math.Round(at, 3), Math.Round(durations[i], 3), intensity);
            at += durations[i] + rules.Pause + parts[i + 1] * scale;
        }
    }

    private static FaultKind[] Shuffled(Random random, IReadOnlyList<FaultKind> kinds)
    {
        var order = kinds.ToArray();
        random.Shuffle(order);
        return order;
    }

    private static double Shortest(FaultKind kind, FaultRules rules) => kind.IsSlow ? rules.ShortestSlow : rules.Shortest;

    private static double Longest(FaultKind kind, FaultRules rules) => kind.IsSlow ? rules.LongestSlow : rules.Longest;

    private static double Between(Random random, double low, double high) => low + random.NextDouble() * (high - low);
}
