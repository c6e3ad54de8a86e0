namespace LstmOrleans.Numerics.ModelFile;

/// <summary>What a state_dict cannot say about the model it came from.</summary>
public sealed record StateDictImportOptions
{
    /// <summary>What the LSTM's parameters are called before <c>weight_ih_l0</c>: <c>lstm.</c>, or empty; null = the only one.</summary>
    public string? Prefix { get; init; }

    /// <summary>The linear layer after the LSTM, for example <c>fc</c>; null = the model has no head.</summary>
    public string? HeadPrefix { get; init; }

    /// <summary>Applied to each result of the head.</summary>
    public HeadActivation HeadActivation { get; init; }

    /// <summary><c>batch_first</c> of the <c>torch.nn.LSTM</c>.</summary>
    public bool BatchFirst { get; init; }

    /// <summary><c>dropout</c> of the <c>torch.nn.LSTM</c>; kept for the record, inference never drops.</summary>
    public double Dropout { get; init; }

    /// <summary>
    /// Precision of the weight matrices. Null = as found: bfloat16 when all of them are BF16, else float32; both without loss.
    /// BFloat16 rounds what is wider, to nearest, ties to even.
    /// </summary>
    public WeightPrecision? Precision { get; init; }

    /// <summary>How events were scaled in training; null = not at all.</summary>
    public InputScaling? Scaling { get; init; }

    /// <summary>Names of the I features, or null.</summary>
    public IReadOnlyList<string>? FeatureNames { get; init; }
}

/// <summary>An imported model and what was left behind.</summary>
/// <param name="Parameters">The model.</param>
/// <param name="Prefix">The prefix that was given or found.</param>
/// <param name="IgnoredTensors">Names of the tensors that belong to neither the LSTM nor the head.</param>
public sealed record ImportedStateDict(LstmParameters Parameters, string Prefix, IReadOnlyList<string> IgnoredTensors);
