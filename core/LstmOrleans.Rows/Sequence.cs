namespace LstmOrleans.Rows;

/// <summary>One sequence: its name and its rows.</summary>
internal sealed class Sequence
{
    public Sequence(string name) => Name = name;

    public string Name { get; }

    /// <summary>Each (I).</summary>
    public List<float[]> Rows { get; } = [];

    /// <summary>Groups rows into sequences, in the order of appearance.</summary>
    /// <exception cref="RowException">A row cannot be used.</exception>
    public static async Task<IReadOnlyList<Sequence>> ReadAllAsync(RowReader rows, CancellationToken cancellation)
    {
        var sequences = new List<Sequence>();
        var byName = new Dictionary<string, Sequence>();
        while (await rows.ReadAsync(cancellation).ConfigureAwait(false) is { } row)
        {
            if (row.Problem is not null)
                throw new RowException($"{rows.Source.Name}:{row.Line}: {row.Problem} Mend the row; nothing was computed.");
            if (!byName.TryGetValue(row.Sequence, out var sequence))
            {
                sequence = new Sequence(row.Sequence);
                byName.Add(row.Sequence, sequence);
                sequences.Add(sequence);
            }

            sequence.Rows.Add(row.Values);
        }

        return sequences;
    }
}
