namespace LstmOrleans.Forecasting;

/// <summary>Where the trained forecaster lies: a folder beside the program.</summary>
public static class TrainedModel
{
    /// <summary>The folder.</summary>
    public static string Directory => Path.Combine(AppContext.BaseDirectory, "Model");

    /// <summary>The model file, for <c>LstmModelFile.Read</c> or a server's model directory.</summary>
    public static string ModelPath => Path.Combine(Directory, "forecaster.safetensors");

    /// <summary>The parameters of its scorer, for <see cref="ScorerParameters.Load"/>.</summary>
    public static string ScorerPath => Path.Combine(Directory, "scorer.json");

    /// <summary>How it came to be and what its forecasts are worth, as JSON; <c>card.md</c> beside it says the same to people.</summary>
    public static string CardPath => Path.Combine(Directory, "card.json");
}
