using LstmOrleans.Numerics;

namespace LstmOrleans.Hosting.Dashboard.Batch;

/// <summary>A file, and what is to be done with it.</summary>
internal sealed record BatchRequest
{
    /// <summary>The file's name, for messages only.</summary>
    public required string File { get; init; }

    /// <summary>Its content.</summary>
    public required byte[] Bytes { get; init; }

    /// <summary>The model's name or hash, as it was asked for.</summary>
    public required string ModelName { get; init; }

    /// <summary>The model.</summary>
    public required LstmModel Model { get; init; }

    /// <summary>CSV: the columns to take, in the model's order; empty = its feature names, else every numeric column.</summary>
    public IReadOnlyList<string> Columns { get; init; } = [];

    /// <summary>CSV: the column that says which sequence a row belongs to; absent = all rows are one.</summary>
    public string? SequenceColumn { get; init; }

    /// <summary>The LSTM's output, even where the model has a head.</summary>
    public bool AnswerOutput { get; init; }
}
