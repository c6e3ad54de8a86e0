using LstmOrleans.Silo.Answers;
using LstmOrleans.Silo.Leases;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace LstmOrleans.Faults.Sabotage;

/// <summary>Faults that are built into the silos on purpose, to show that the harness sees them.</summary>
internal static class SabotageKinds
{
    /// <summary>The environment variable that tells a silo its sabotage.</summary>
    public const string Variable = "LSTM_FAULTS_SABOTAGE";

    private static readonly Dictionary<string, Action<WebApplicationBuilder>> Kinds = new()
    {
        ["ack-before-write"] = builder => StorageDecoration.Wrap(builder.Services, storage => new AckBeforeWriteStorage(storage)),
        ["no-etag"] = builder =>
        {
            string server = builder.Configuration["Orleans:GrainStorage:streams:ConnectionString"] ?? throw new InvalidOperationException("The sabotage no-etag needs --store garnet.");
            StorageDecoration.Wrap(builder.Services, storage => new NoEtagStorage(storage, server, builder.Configuration["Orleans:ServiceId"] ?? "lstm"));
        },
        ["no-dedupe"] = StorageDecoration.Filter<NoDedupeFilter>,
        [StaleRead] = builder => builder.Services.Replace(ServiceDescriptor.Singleton<IReadLease, AlwaysHeldLease>()),
        [NoReadBarrier] = _ => { },
        ["durable-position-early"] = builder =>
        {
            StorageDecoration.Filter<DurablePositionEarlyFilter>(builder);
            builder.Services.Replace(ServiceDescriptor.Singleton<AnswerPost, DurablePositionEarlyPost>());
        },
        ["forget-answers"] = builder => StorageDecoration.Wrap(builder.Services, storage => new ForgetAnswersStorage(storage)),
    };

    /// <summary>In the proxy before the store: a read's commit does not reach it.</summary>
    public const string NoReadBarrier = "no-read-barrier";

    /// <summary>Reads are told without the lease.</summary>
    public const string StaleRead = "stale-read";

    public static IEnumerable<string> All => Kinds.Keys;

    public static void Apply(WebApplicationBuilder builder, string? kind)
    {
        if (!string.IsNullOrEmpty(kind))
            Kinds[kind](builder);
    }
}
