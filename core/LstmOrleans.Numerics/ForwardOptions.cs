namespace LstmOrleans.Numerics;

/// <summary>How a full-sequence forward is run. Only <see cref="Training"/> and its seed change the result; everything else leaves every bit as it is.</summary>
public readonly record struct ForwardOptions
{
    /// <summary>Threads that may work on the call, the caller's among them; 0 means 1.</summary>
    public int Threads { get; init; }

    /// <summary>Lets NaN and infinity through; otherwise the first one in the input, or a final state that is not finite, is refused.</summary>
    public bool AllowNonFinite { get; init; }

    /// <summary>Training mode: <see cref="LstmShape.Dropout"/> acts on the outputs of every layer but the last.</summary>
    public bool Training { get; init; }

    /// <summary>Seed of the dropout masks; the same seed drops the same values.</summary>
    public ulong DropoutSeed { get; init; }
}
