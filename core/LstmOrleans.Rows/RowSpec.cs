namespace LstmOrleans.Rows;

/// <summary>What is to be taken from each row.</summary>
internal sealed record RowSpec
{
    /// <summary>True: JSON lines; false: CSV with a header.</summary>
    public bool Json { get; init; }

    /// <summary>Columns named by the user, in the model's order; empty = the model's feature names, else every numeric column.</summary>
    public IReadOnlyList<string> Columns { get; init; } = [];

    /// <summary>What helps where the columns are not found: how the user names them.</summary>
    public string NameColumns { get; init; } = "Name them with --columns a,b,c.";

    /// <summary>The model's feature names; empty = it has none.</summary>
    public IReadOnlyList<string> FeatureNames { get; init; } = [];

    /// <summary>I; absent = not known here, the server will check.</summary>
    public int? InputSize { get; init; }

    /// <summary>For messages: <c>model 'm'</c>.</summary>
    public required string Model { get; init; }

    /// <summary>The column with the event's position, if there is one.</summary>
    public string? PositionColumn { get; init; }

    /// <summary>The column that says which sequence a row belongs to, if there is one.</summary>
    public string? SequenceColumn { get; init; }

    /// <summary>The columns that are known by name before a row is seen.</summary>
    public IReadOnlyList<string> Named => Columns.Count > 0 ? Columns : FeatureNames;

    public bool IsReserved(string column) => column == PositionColumn || column == SequenceColumn;
}
