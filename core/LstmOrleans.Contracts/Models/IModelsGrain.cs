namespace LstmOrleans.Contracts.Models;

/// <summary>The models of the silo that answers.</summary>
[Alias("lstm.IModelsGrain")]
public interface IModelsGrain : IGrainWithIntegerKey
{
    /// <summary>All names with their models.</summary>
    [Alias("List")]
    Task<IReadOnlyList<ModelView>> List();
}

/// <summary>A model as people see it.</summary>
[GenerateSerializer, Immutable, OmitDefaultMemberValues, Alias("lstm.ModelView")]
public sealed record ModelView
{
    /// <summary>The alias; empty for a model that no name points to.</summary>
    [Id(0)] public string Name { get; init; } = "";

    /// <summary>Content hash, 64 hexadecimal digits.</summary>
    [Id(1)] public string Hash { get; init; } = "";

    /// <summary>Sizes in PyTorch's terms, for example "LSTM(2, 48)".</summary>
    [Id(2)] public string Shape { get; init; } = "";

    /// <summary>I.</summary>
    [Id(3)] public int InputSize { get; init; }

    /// <summary>A: floats of one answer.</summary>
    [Id(4)] public int AnswerSize { get; init; }

    /// <summary>Whether streams can use it: a model of one direction.</summary>
    [Id(5)] public bool Streamable { get; init; }

    /// <summary>Why it cannot be loaded; empty if it can.</summary>
    [Id(6)] public string Problem { get; init; } = "";

    /// <summary>Names of the I features, or empty.</summary>
    [Id(7)] public IReadOnlyList<string> FeatureNames { get; init; } = [];

    /// <summary>Floats of one step's output, from which an answer is made.</summary>
    [Id(8)] public int OutputSize { get; init; }

    /// <summary>Precision of the weight matrices, "float32" or "bfloat16"; null if it cannot be loaded, or from a silo that does not tell.</summary>
    [Id(9)] public string? Weights { get; init; }
}
