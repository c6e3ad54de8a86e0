using Microsoft.AspNetCore.Builder;

namespace LstmOrleans.Faults.Sabotage;

/// <summary>Faults that are built into the silos on purpose, to show that the harness sees them.</summary>
internal static class SabotageKinds
{
    /// <summary>The environment variable that tells a silo its sabotage.</summary>
    public const string Variable = "LSTM_FAULTS_SABOTAGE";

    private static readonly Dictionary<string, Action<WebApplicationBuilder>> Kinds = new()
    {
        ["ack-before-write"] = builder => StorageDecoration.Wrap(builder.Services, storage => new AckBeforeWriteStorage(storage)),
        ["no-etag"] = builder => StorageDecoration.Wrap(builder.Services, storage => new NoEtagStorage(storage)),
        ["no-dedupe"] = builder => StorageDecoration.Filter<NoDedupeFilter>(builder),
        ["forget-answers"] = builder => StorageDecoration.Wrap(builder.Services, storage => new ForgetAnswersStorage(storage)),
    };

    public static IEnumerable<string> All => Kinds.Keys;

    public static void Apply(WebApplicationBuilder builder, string? kind)
    {
        if (!string.IsNullOrEmpty(kind))
            Kinds[kind](builder);
    }
}
